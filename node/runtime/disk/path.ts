/**
 * Paths below a disk's root: `a/b/c`, nothing that could lead out of it.
 *
 * @module
 */

/** The root itself is ''. @throws {RangeError} on an absolute path, `.`, `..`, empty parts, backslashes and control characters */
export function checkPath(path: string): string {
  if (path === '') return path
  for (const part of path.split('/'))
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (part === '' || part === '.' || part === '..' || part.length > 255 || /[\\\u0000-\u001f]/.test(part))
      throw new RangeError(`not a path below the root: ${JSON.stringify(path)}`)
  return path
}

/** The folder a path is in; '' is the root. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
