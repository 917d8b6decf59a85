/**
 * The contenders of the peers benchmark: LunarX by class, `rclone crypt` and `restic`, the latter two over the same MinIO.
 *
 * @module
 */
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tool, type ToolOptions } from '../../hack/cluster/cluster.ts'
import type { S3Server } from '../../hack/servers/s3-server.ts'
import { goProgram, RCLONE, restic, RESTIC } from '../../hack/servers/programs.ts'
import type { Contender } from './contender.ts'
import type { BenchFleet } from './fleet.ts'
import type { Program } from './program.ts'
import type { Workbench } from './workbench.ts'

/** Of one program run. */
const RUN_MS = 15 * 60_000
const IN_FLIGHT = '16'

const optionsOf = ({ signal }: Workbench): ToolOptions => ({ signal, timeoutMs: RUN_MS })

/** Small objects are inline rows whatever the class: of several, only one need show them. */
export function lunarx(className: string, fleet: BenchFleet, program: Program, workbench: Workbench): Contender {
  const options = optionsOf(workbench)
  const [executable, ...before] = program.lunarx
  const run = (...args: string[]): Promise<string> => tool(executable, [...before, ...args], fleet.environment, options)
  const many = (verb: string, folder: string, name: string, count: number): Promise<string> => {
    const script = join(import.meta.dirname, 'small-process.ts')
    return tool(executable, [...program.nodeOptions, script, verb, folder, name, String(count)], fleet.environment, options)
  }
  return {
    name: `LunarX ${className}`,
    pids: fleet.pids,
    put: (file, name) => run('put', file, name, '--class', className),
    get: (name, file) => run('get', name, file),
    putSmall: (folder, name, count) => many('put', folder, name, count),
    getSmall: (name, folder, count) => many('get', folder, name, count),
    remove: (name) => run('rm', name),
  }
}

/** Contents and names encrypted; many files 16 at a time, all else as rclone has it by default. */
export async function rcloneCrypt(minio: S3Server, workbench: Workbench): Promise<Contender> {
  const executable = await goProgram(RCLONE)
  const options = optionsOf(workbench)
  const password = (await tool(executable, ['obscure', 'password of the benchmark'], process.env, options)).trim()
  const env = {
    ...process.env,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_MINIO_TYPE: 's3',
    RCLONE_CONFIG_MINIO_PROVIDER: 'Minio',
    RCLONE_CONFIG_MINIO_ENDPOINT: minio.url,
    RCLONE_CONFIG_MINIO_ACCESS_KEY_ID: minio.user,
    RCLONE_CONFIG_MINIO_SECRET_ACCESS_KEY: minio.password,
    RCLONE_CONFIG_CRYPT_TYPE: 'crypt',
    RCLONE_CONFIG_CRYPT_REMOTE: 'minio:rclone',
    RCLONE_CONFIG_CRYPT_PASSWORD: password,
  }
  const run = (...args: string[]): Promise<string> => tool(executable, args, env, options)
  await run('mkdir', 'minio:rclone')
  const many = ['--transfers', IN_FLIGHT, '--checkers', IN_FLIGHT]
  return {
    name: `rclone ${RCLONE.version} crypt`,
    pids: [minio.pid],
    put: (file, name) => run('copyto', file, `crypt:${name}`),
    get: (name, file) => run('copyto', `crypt:${name}`, file),
    putSmall: (folder, name) => run('copy', folder, `crypt:${name}`, ...many),
    getSmall: (name, folder) => run('copy', `crypt:${name}`, folder, ...many),
    remove: (name) => run('purge', `crypt:${name}`).catch(() => run('deletefile', `crypt:${name}`)),
  }
}

/** A backup per name, told apart by tag. What is removed stays in its packs: pruning would take longer than all else. */
export async function resticBackup(minio: S3Server, workbench: Workbench): Promise<Contender> {
  const executable = await restic()
  const options = optionsOf(workbench)
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: minio.user,
    AWS_SECRET_ACCESS_KEY: minio.password,
    RESTIC_REPOSITORY: `s3:${minio.url}/restic`,
    RESTIC_PASSWORD: 'password of the benchmark',
    RESTIC_CACHE_DIR: join(workbench.folder, 'restic-cache'),
  }
  const run = (...args: string[]): Promise<string> => tool(executable, args, env, options)
  await run('init')
  const backup = (path: string, name: string): Promise<string> => run('backup', '--quiet', '--tag', name, path)
  /** restic restores under the whole path of what it was given. */
  const restore = async (name: string, target: string): Promise<void> =>
    void (await run('restore', 'latest', '--tag', name, '--target', target))
  const originals = new Map<string, string>()
  return {
    name: `restic ${RESTIC.version}`,
    pids: [minio.pid],
    put: (file, name) => backup(originals.set(name, file).get(name) ?? file, name),
    async get(name, file) {
      await restore(name, `${file}.restored`)
      await rename(join(`${file}.restored`, originals.get(name) ?? ''), file)
      await rm(`${file}.restored`, { recursive: true })
    },
    putSmall: (folder, name) => backup(originals.set(name, folder).get(name) ?? folder, name),
    async getSmall(name, folder) {
      const restored = `${folder}.restored`
      await mkdir(restored)
      await restore(name, restored)
      await rm(folder, { recursive: true })
      await rename(join(restored, originals.get(name) ?? ''), folder)
      await rm(restored, { recursive: true })
    },
    remove: async () => undefined,
  }
}
