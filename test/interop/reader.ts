/**
 * The independent reader in Python (`reader/`), with its packages in an environment of its own.
 *
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { madeOnce } from './cache.ts'
import { command, type CommandResult, mustRun } from './command.ts'

const FOLDER = fileURLToPath(new URL('reader', import.meta.url))
const NEEDED = 'for the independent reader: Python 3.11 or newer, with venv'
const VERSION = 'import sys; print("%d.%d" % sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))'

let environment: Promise<string> | undefined

async function makeEnvironment(): Promise<string> {
  const { status, stdout } = await command('python3', ['-c', VERSION], NEEDED)
  const version = stdout.toString().trim()
  if (status !== 0) throw new Error(`python3 is ${version} on this machine; needed ${NEEDED}`)
  const requirements = join(FOLDER, 'requirements.txt')
  const folder = await madeOnce('python', [version, process.arch, await readFile(requirements)], async (draft) => {
    await mustRun('python3', ['-m', 'venv', draft], NEEDED)
    await mustRun(
      join(draft, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '-r', requirements],
      NEEDED,
    )
  })
  return join(folder, 'bin', 'python')
}

/** One command of the reader; `question` becomes JSON, with bytes as hex. */
export async function read(name: 'segment' | 'document' | 'address' | 'heads' | 'object', question: unknown): Promise<CommandResult> {
  environment ??= makeEnvironment()
  return await command(await environment, ['-B', FOLDER, name], NEEDED, { input: JSON.stringify(plain(question)) })
}

/** Bytes as hex, all else as it is: what JSON of a document looks like on both sides. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  return value
}

/** Writes shards into a folder and says where they are, by index. */
export async function writeShards(folder: string, shards: ReadonlyMap<number, Uint8Array>): Promise<Record<number, string>> {
  await mkdir(folder, { recursive: true })
  const paths: Record<number, string> = {}
  for (const [index, shard] of shards) {
    const path = (paths[index] = join(folder, `${index}.shard`))
    await writeFile(path, shard)
  }
  return paths
}
