/**
 * Bytes in any cuts → lines. A line longer than the limit ends the stream with BAD_MESSAGE: a watch must not fill the memory.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'

/** etcd refuses objects above 1.5 MiB; JSON and managed fields may double that. */
const MAX_LINE_CHARACTERS = 8 * 1024 * 1024

export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxCharacters = MAX_LINE_CHARACTERS): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > maxCharacters) throw new LunarError('BAD_MESSAGE', 'a line of the watch is too long', { detail: { maxCharacters } })
    for (const part of parts) if (part !== '') yield part
  }
}
