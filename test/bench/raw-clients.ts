/**
 * The least that a program does that stores the same bytes at the same place: what the backends of a provider are measured by. Nothing
 * is verified after a write or a read, nothing tried again.
 *
 * @module
 */
import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http'
import { mkdir, open, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Client } from 'minio'

export interface RawClient {
  /** For tables. */
  readonly name: string
  put(name: string, bytes: Buffer): Promise<void>
  /** @returns bytes that came */
  read(name: string, position: number, length: number): Promise<number>
  /** The same, the body by asynchronous iteration rather than by its events; where there is a body. */
  readonly iterate?: (name: string, position: number, length: number) => Promise<number>
  /** All that lies in these folders, none inside another. @returns names */
  list(folders: readonly string[]): Promise<number>
}

/** tmp, write, datasync, rename, directory sync. */
export function rawFiles(root: string, chunkBytes: number): RawClient {
  let drafts = 0
  return {
    name: 'plain node:fs',
    async put(name, bytes) {
      const draft = join(root, `draft-${++drafts}`)
      {
        await using file = await open(draft, 'w')
        await file.write(bytes)
        await file.datasync()
      }
      const place = join(root, name)
      await mkdir(dirname(place), { recursive: true })
      await rename(draft, place)
      await using folder = await open(dirname(place), 'r')
      await folder.sync()
    },
    async read(name, position, length) {
      await using file = await open(join(root, name), 'r')
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, length))
      let came = 0
      while (came < length) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, length - came), position + came)
        if (bytesRead === 0) break
        came += bytesRead
      }
      return came
    },
    async list(folders) {
      let names = 0
      for (const folder of folders) names += (await readdir(join(root, folder)).catch(() => [])).length
      return names
    },
  }
}

/** `client` must speak to the server over connections that are kept. */
export function rawBucket(client: Client, bucket: string): RawClient {
  return {
    name: 'bare minio client',
    async put(name, bytes) {
      await client.putObject(bucket, name, bytes, bytes.length)
    },
    async read(name, position, length) {
      return await counted((await client.getPartialObject(bucket, name, position, length)) as IncomingMessage)
    },
    async iterate(name, position, length) {
      return await iterated((await client.getPartialObject(bucket, name, position, length)) as IncomingMessage)
    },
    async list(folders) {
      let names = 0
      const wanted = new Set(folders)
      for await (const { name } of client.listObjectsV2(bucket, '', true) as AsyncIterable<{ name?: string }>)
        if (name !== undefined && wanted.has(dirname(name))) names++
      return names
    },
  }
}

/** WebHDFS: one request to the name node, one to where it redirects. */
export function rawHdfs(nameNode: string, root: string, user: string): RawClient & Disposable {
  const agent = new Agent({ keepAlive: true })
  const ask = async (url: string, options: RequestOptions, body?: Buffer): Promise<IncomingMessage> => {
    const asked = request(url, { agent, ...options, headers: { 'content-length': body?.length ?? 0 } })
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    if ((answer.statusCode ?? 0) >= 400) throw new Error(`HTTP ${answer.statusCode} of ${url}`)
    return answer
  }
  const at = (name: string, query: string): string => `${nameNode}/webhdfs/v1${root}/${name}?user.name=${user}&${query}`
  const redirected = async (name: string, query: string, method: string, body?: Buffer): Promise<IncomingMessage> => {
    const { headers } = (await ask(at(name, query), { method })).resume()
    return await ask(headers.location ?? '', { method }, body)
  }
  const opened = (name: string, position: number, length: number): Promise<IncomingMessage> =>
    redirected(name, `op=OPEN&offset=${position}&length=${length}`, 'GET')
  return {
    name: 'bare node:http',
    async put(name, bytes) {
      await counted(await redirected(name, `op=CREATE&overwrite=true&blocksize=${blockBytes(bytes.length)}`, 'PUT', bytes))
    },
    read: async (name, position, length) => await counted(await opened(name, position, length)),
    iterate: async (name, position, length) => await iterated(await opened(name, position, length)),
    async list(folders) {
      let names = 0
      for (const folder of folders) {
        const parts: Buffer[] = []
        for await (const part of await ask(at(folder, 'op=LISTSTATUS'), {})) parts.push(part as Buffer)
        const { FileStatuses } = JSON.parse(Buffer.concat(parts).toString()) as { FileStatuses: { FileStatus: unknown[] } }
        names += FileStatuses.FileStatus.length
      }
      return names
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

const BLOCK_STEP_BYTES = 1024 * 1024
const blockBytes = (sizeBytes: number): number => Math.max(1, Math.ceil(sizeBytes / BLOCK_STEP_BYTES)) * BLOCK_STEP_BYTES

async function counted(body: IncomingMessage): Promise<number> {
  let came = 0
  body.on('data', (chunk: Buffer) => (came += chunk.length))
  await once(body, 'end')
  return came
}

async function iterated(body: IncomingMessage): Promise<number> {
  let came = 0
  for await (const chunk of body as AsyncIterable<Buffer>) came += chunk.length
  return came
}
