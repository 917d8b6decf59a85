/**
 * Files → a tar archive (POSIX ustar), for bundles of a few megabytes. Pure.
 *
 * @module
 */
const BLOCK = 512

export interface ArchivedFile {
  /** At most 100 bytes, ASCII. */
  readonly path: string
  readonly text: string
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`

function header(path: string, sizeBytes: number, timeMs: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, path],
    [100, octal(0o600, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(sizeBytes, 12)],
    [136, octal(Math.floor(timeMs / 1000), 12)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\x0000'],
  ]
  for (const [offset, text] of fields) block.write(text, offset, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

export function tar(files: readonly ArchivedFile[], timeMs: number): Buffer {
  const parts = files.flatMap(({ path, text }) => {
    if (Buffer.byteLength(path) > 100) throw new RangeError(`a path in an archive has at most 100 bytes: ${path}`)
    const body = Buffer.from(text, 'utf8')
    return [header(path, body.length, timeMs), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]
  })
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}
