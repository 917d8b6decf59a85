/**
 * For `killed-put.test.ts`: a client process of its own that puts a file in small segments and says on standard output, line by line,
 * how far it is.
 *
 * @module
 */
import { openClient } from '@lunarx/client'
import { openPeers } from '@lunarx/net'
import { openSource } from '../files/byte-streams.ts'
import { openSession } from '../session/open-session.ts'
import { readOwnerSecret } from '../session/owner-secret.ts'

const [file = '', name = '', segmentBytes = ''] = process.argv.slice(2)
const { signal } = new AbortController()
const write = async (): Promise<void> => undefined
const output = { write, isTty: false, columns: 80 }
const io = { env: process.env, stdin: process.stdin, stdout: output, stderr: output, signal, self: [process.execPath] as const }
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const { network, platform, identity, credential } = await openSession({}, { ...io, self: [process.execPath] })
const ownerSecret = await readOwnerSecret(process.env['LUNARX_OWNER_FILE'] ?? '')
await using peers = await openPeers({ ...network, identity, credential: () => credential }, platform)
await using client = await openClient({ network, ownerSecret, segmentBytes: Number(segmentBytes) }, platform, peers)
await using source = await openSource(file, io)
const { margin } = await client.put(name, source.bytes, {
  onResume: ({ storedSegments }) => say({ storedSegments }),
  onProgress: ({ sentBytes }) => say({ sentBytes }),
})
say({ margin })
