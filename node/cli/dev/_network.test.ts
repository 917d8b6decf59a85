/**
 * For tests: a local network of real processes that ends with the test, whatever becomes of it.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { DevNetwork } from './run-dev.ts'

const MAIN = join(import.meta.dirname, '..', 'main.ts')

export async function startNetwork(dir: string, basePort: number): Promise<{ network: DevNetwork; child: ChildProcess }> {
  const args = ['dev', '--json', '--dir', dir, '--base-port', String(basePort), '--trackers', '1', '--providers', '6']
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) return { network: JSON.parse(line) as DevNetwork, child }
  throw new Error('lunarx dev ended before it was ready')
}
