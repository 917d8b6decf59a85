/**
 * `lunarx status`
 *
 * @module
 */
import { ADMIN_PORT, type TrackerAddress } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import type { TrackerStatus } from '@lunarx/wire'
import { print } from '../output/print.ts'
import type { Session } from '../session/open-session.ts'
import { describeStatus } from '../status/describe.ts'
import { summarise, type AskedTracker } from '../status/summarise.ts'
import { examples, networkOptions, type AddCommand, type ClientOptions } from './options.ts'

const TIMEOUT_MS = 5_000

export const addStatus: AddCommand = (program, io) => {
  const command = program
    .command('status')
    .summary('show fleet, margins and repair backlog')
    .description('Asks all trackers. The margin of a set is the number of shards it may lose before it is lost: 0 is critical.')
    .action(async (options: ClientOptions) => {
      const { openSession } = await import('../session/open-session.ts')
      const session = await openSession(options, io)
      if (session.network.outside)
        throw new LunarError('BAD_CONFIG', 'status asks the admin API of trackers, which is reached from inside of the cluster only')
      const failures: unknown[] = []
      const asked = await Promise.all(
        session.network.trackers.map(async (tracker): Promise<AskedTracker> => {
          const status = await askStatus(tracker, session, io.signal).catch((error: unknown) => void failures.push(error))
          return { host: tracker.host, status: status ?? undefined }
        }),
      )
      io.signal.throwIfAborted()
      if (asked.every(({ status }) => status === undefined))
        throw new LunarError('PEER_UNREACHABLE', 'no tracker answers', {
          cause: failures[0],
          detail: { trackers: asked.length, first: String(failures[0]) },
        })
      const status = summarise(session.network.network, asked)
      await print(io, options, status, describeStatus(status))
    })
  examples(networkOptions(command), 'lunarx status', 'lunarx status --json')
}

async function askStatus(tracker: TrackerAddress, session: Session, signal: AbortSignal): Promise<TrackerStatus> {
  const { adminClient } = await import('@lunarx/net/admin')
  const { network, platform, identity, credential } = session
  const address = { host: tracker.host, port: tracker.adminPort ?? ADMIN_PORT, peer: tracker.peer }
  const admin = adminClient({ ...network, identity, credential: () => credential, address, timeoutMs: TIMEOUT_MS }, platform)
  return await admin.status({}, { signal })
}
