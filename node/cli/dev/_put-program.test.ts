/**
 * For `killed-put.test.ts`: a client process of its own that puts a file in small segments and says on standard output, line by line,
 * how far it is. SIGTERM aborts the put.
 *
 * @module
 */
import { openClient } from '@lunarx/client'
import { LunarError } from '@lunarx/core/model'
import { openPeers } from '@lunarx/net'
import { openSource } from '../files/byte-streams.ts'
import { openSession } from '../session/open-session.ts'
import { readOwnerSecret } from '@lunarx/client/connect'

const [file = '', name = '', segmentBytes = ''] = process.argv.slice(2)
const stop = new AbortController()
const { signal } = stop
process.on('SIGTERM', () => stop.abort())
const write = async (): Promise<void> => undefined
const output = { write, isTty: false, columns: 80 }
const io = { env: process.env, stdin: process.stdin, stdout: output, stderr: output, signal, self: [process.execPath] as const }
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const { network, platform, identity, credential } = await openSession({}, { ...io, self: [process.execPath] })
const ownerSecret = await readOwnerSecret(process.env['LUNARX_OWNER_FILE'] ?? '')
await using peers = await openPeers({ ...network, identity, credential: () => credential }, platform)
await using client = await openClient({ network, ownerSecret, segmentBytes: Number(segmentBytes) }, platform, peers)
await using source = await openSource(file, io)
try {
  const { margin } = await client.put(name, source.bytes, {
    signal,
    onResume: ({ storedSegments }) => say({ storedSegments }),
    onProgress: ({ sentBytes }) => say({ sentBytes }),
  })
  say({ margin })
} catch (error) {
  if (!(error instanceof LunarError)) throw error
  say({ code: error.code })
}
