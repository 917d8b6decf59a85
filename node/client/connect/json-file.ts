/**
 * A small JSON file of known shape: what the ConfigMap `<network>-client` is made of.
 *
 * @module
 */
import { LunarError, textOf } from '@lunarx/core/model'
import { readSmallFile } from '@lunarx/runtime/files'
import { z } from 'zod'

const MAX_MESSAGE = 1_000

/** @throws {LunarError} BAD_CONFIG, with the file and the field */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(parsed(textOf(await readSmallFile(file)), file))
  if (result.success) return result.data
  throw new LunarError('BAD_CONFIG', `${file}: ${z.prettifyError(result.error).slice(0, MAX_MESSAGE)}`, { detail: { file } })
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new LunarError('BAD_CONFIG', `${file} is not JSON`, { cause, detail: { file } })
  }
}
