/**
 * For tests: a local network of real processes that ends with the test, whatever becomes of it.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '../../../hack/servers/ports.ts'
import { PORTS_PER_MEMBER } from './members.ts'
import type { DevNetwork } from './run-dev.ts'

const MAIN = join(import.meta.dirname, '..', 'main.ts')

const PROVIDERS = 6
const TRACKERS = 1

export async function startNetwork(
  dir: string,
  basePort?: number,
  env: Readonly<Record<string, string>> = {},
): Promise<{ network: DevNetwork; child: ChildProcess; basePort: number }> {
  const first = basePort ?? (await freePorts((PROVIDERS + TRACKERS + 1) * PORTS_PER_MEMBER))
  const args = [
    'dev',
    '--json',
    '--dir',
    dir,
    '--base-port',
    String(first),
    '--trackers',
    String(TRACKERS),
    '--providers',
    String(PROVIDERS),
  ]
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) return { network: JSON.parse(line) as DevNetwork, child, basePort: first }
  throw new Error('lunarx dev ended before it was ready')
}
