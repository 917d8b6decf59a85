/**
 * A progress bar on a terminal; nothing at all elsewhere, so that logs and pipes stay clean.
 *
 * @module
 */
import type { Output } from '../io.ts'
import { formatBytes } from '../output/format.ts'

export interface Bar {
  update(doneBytes: number): void
  /** Ends the line. */
  end(): Promise<void>
}

/** Redraws at most so often. Milliseconds. */
const PAUSE_MS = 100
const MAX_WIDTH = 30

/** @param elapsed milliseconds since some start @param totalBytes undefined: not known, only what is done is shown */
export function progressBar(label: string, totalBytes: number | undefined, output: Output, elapsed: () => number): Bar {
  if (!output.isTty) return { update: () => undefined, end: async () => undefined }
  const startMs = elapsed()
  let drawnMs = Number.NEGATIVE_INFINITY
  let doneBytes = 0
  const draw = (): Promise<void> => {
    const line = barLine(label, doneBytes, totalBytes, elapsed() - startMs)
    return output.write(`\r${line.slice(0, Math.max(10, output.columns - 1))}\u001B[K`)
  }
  return {
    update(bytes) {
      doneBytes = bytes
      if (elapsed() - drawnMs < PAUSE_MS) return
      drawnMs = elapsed()
      draw().catch(() => undefined) // a terminal that is gone needs no bar
    },
    async end() {
      await draw()
      await output.write('\n')
    },
  }
}

/** `report.pdf  [#####-----] 50 %  128.0 MiB of 256.0 MiB  64.0 MiB/s`. Pure. */
export function barLine(label: string, doneBytes: number, totalBytes: number | undefined, elapsedMs: number): string {
  const rate = `${formatBytes(elapsedMs > 0 ? (doneBytes / elapsedMs) * 1000 : 0)}/s`
  if (totalBytes === undefined) return `${label}  ${formatBytes(doneBytes)}  ${rate}`
  const share = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes)
  const filled = Math.round(share * MAX_WIDTH)
  const bar = '#'.repeat(filled) + '-'.repeat(MAX_WIDTH - filled)
  return `${label}  [${bar}] ${Math.floor(share * 100)} %  ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}  ${rate}`
}
