/**
 * A network for benchmarks: three trackers and as many providers as asked for, each a process of its own on the loopback, by the same
 * code as `lunarx dev`. Issuer and epochs run in this process.
 *
 * A provider can be stopped for good: `lunarx dev` would start it again.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../hack/servers/ports.ts'
import { PORTS_PER_MEMBER } from '../../node/cli/dev/members.ts'
import { runDev, type DevNetwork } from '../../node/cli/dev/run-dev.ts'
import type { Program } from './program.ts'

const TRACKERS = 3

/** Runs the command it is given, but not while its member is stopped. A parent that is gone lets it go on, and so end. */
const UNLESS_STOPPED = `for given; do case $given in
  */run.json) while [ -e "\${given%run.json}stopped" ] && kill -0 "$PPID"; do sleep 1; done ;;
esac; done
exec "$@"`

export interface FleetSize {
  readonly providers: number
  /** Providers that may vanish at once: rows too are read then. */
  readonly survive: number
}

export interface BenchFleet extends AsyncDisposable {
  /** For `lunarx` and for clients. */
  readonly environment: NodeJS.ProcessEnv
  /** Processes of all members, as long as none is stopped. */
  readonly pids: readonly number[]
  /** Kills that many providers with SIGKILL and keeps them down. */
  stopProviders(count: number): Promise<void>
}

/** Resolves when every provider is in the epoch. @throws {LunarError} TIMEOUT */
export async function startFleet(folder: string, { providers, survive }: FleetSize, { lunarx }: Program): Promise<BenchFleet> {
  await mkdir(folder, { recursive: true })
  const basePort = await freePorts((TRACKERS + providers + 1) * PORTS_PER_MEMBER)
  const stop = new AbortController()
  const silent = { isTty: false, columns: 80, write: () => Promise.resolve() }
  const io = {
    env: process.env,
    stdin: process.stdin,
    stdout: silent,
    stderr: silent,
    signal: stop.signal,
    self: ['/bin/sh', '-c', UNLESS_STOPPED, 'lunarx', ...lunarx] as const,
  }
  const ready = Promise.withResolvers<DevNetwork>()
  const ended = runDev(folder, { providers, survive, trackers: TRACKERS, basePort }, io, async (network) => ready.resolve(network))
  ended.then(() => ready.reject(new Error('the network ended before it was ready')), ready.reject)
  const { paths, members } = await ready.promise
  const pidOf = (member: (typeof members)[number]): number => member.pid ?? 0
  return {
    environment: {
      ...process.env,
      LUNARX_CONFIG: paths.config,
      LUNARX_OWNER_FILE: paths.ownerFile,
      LUNARX_TOKEN_FILE: paths.tokenFile,
      LUNARX_STATE_DIR: paths.stateDir,
    },
    pids: members.map(pidOf),
    async stopProviders(count) {
      for (const member of members.filter(({ name }) => name.startsWith('provider-')).slice(0, count)) {
        await writeFile(join(folder, member.name, 'stopped'), '')
        process.kill(pidOf(member), 'SIGKILL')
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended
    },
  }
}
