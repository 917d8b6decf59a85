/**
 * Many small objects through one client, 16 in flight, as a DApp would: every file of a folder under its name, or every name into a
 * folder. A program of its own, so that its start-up counts like that of the peers.
 *
 * usage: small-process.ts put|get FOLDER PREFIX COUNT
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@lunarx/client'
import type { Io } from '../../node/cli/io.ts'
import { withClient } from '../../node/cli/session/open-session.ts'

const IN_FLIGHT = 16
const silent = { isTty: false, columns: 80, write: async () => undefined }
const io: Io = {
  env: process.env,
  stdin: process.stdin,
  stdout: silent,
  stderr: silent,
  signal: new AbortController().signal,
  self: ['small-process'],
}
const [verb, folder = '', prefix = '', count = '0'] = process.argv.slice(2)

async function put(client: Client, file: string): Promise<void> {
  await client.put(`${prefix}/${file}`, await readFile(join(folder, file)))
}

async function get(client: Client, file: string): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of client.get(`${prefix}/${file}`)) chunks.push(chunk)
  await writeFile(join(folder, file), Buffer.concat(chunks))
}

await withClient({}, io, async (client) => {
  const left = Array.from({ length: Number(count) }, (_, i) => String(i))
  const work = async (): Promise<void> => {
    for (let file = left.pop(); file !== undefined; file = left.pop()) await (verb === 'put' ? put(client, file) : get(client, file))
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
})
process.exit()
