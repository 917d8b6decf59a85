/**
 * A body on its way through a gateway that does harm at a byte: cuts it off, flips a bit, or swallows the rest.
 *
 * @module
 */

/** Without a byte all passes as it is. Of other kinds than cut and flip the rest is swallowed. */
export interface BodyHarm {
  readonly kind: string
  /** The first byte that is harmed. */
  readonly at?: number | undefined
}

export async function* harmed(bytes: AsyncIterable<Uint8Array>, harm: BodyHarm | undefined): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const chunk of bytes) {
    const at = (harm?.at ?? Number.POSITIVE_INFINITY) - seen
    seen += chunk.length
    if (at >= chunk.length) yield chunk
    else if (harm?.kind === 'flip') {
      if (at >= 0) chunk[at] = (chunk[at] ?? 0) ^ 1
      yield chunk
    } else {
      if (at > 0) yield chunk.subarray(0, at)
      if (harm?.kind === 'cut') throw new Error('cut')
    }
  }
}
