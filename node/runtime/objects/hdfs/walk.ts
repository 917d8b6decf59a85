/**
 * A folder and all below it, a page at a time. Where the walk stands is in the mark handed out with each page, nowhere else.
 *
 * @module
 */
import type { ObjectPage } from '../attempts.ts'
import { isObjectName } from '../names.ts'
import type { StoredObject } from '../objects.ts'
import type { Files } from './files.ts'

/** A folder to list (a prefix, with `/` at its end, or '' for all), from the start or behind a child. The last one comes next. */
type ToList = readonly [prefix: string, after?: string]

/**
 * One call to the name node.
 * @param top absolute path that prefixes and names begin behind
 * @param mark of the page before
 * @returns undefined: nothing is there below the prefix
 */
export async function walk(
  files: Files,
  top: string,
  prefix: string,
  mark: string | undefined,
  signal: AbortSignal,
): Promise<ObjectPage | undefined> {
  const toList = mark === undefined ? [[prefix] as ToList] : (JSON.parse(mark) as ToList[])
  const [folder, after] = toList.pop() ?? [prefix]
  const found = await files.children(`${top}/${folder}`.replace(/\/$/, ''), after, signal)
  if (!found && mark === undefined) return undefined
  const objects: StoredObject[] = []
  const last = found?.files.at(-1)?.name
  if (found && !found.isLast && last !== undefined) toList.push([folder, last])
  for (const { name, isFolder, sizeBytes } of found?.files ?? []) {
    const path = `${folder}${name}`
    if (isFolder && isObjectName(path)) toList.push([`${path}/`])
    else if (!isFolder) objects.push({ name: path, sizeBytes })
  }
  return { objects, next: toList.length > 0 ? JSON.stringify(toList) : undefined }
}
