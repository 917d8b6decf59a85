/**
 * Other people's programs that benchmarks and tests run beside ours: which version, and how it is had. Each is built or unpacked once
 * and kept outside the clone (`LUNARX_CACHE`), found again by its version.
 *
 * Cold: 3 to 5 minutes for MinIO, 2 to 3 for rclone and 2 for versitygw on two cores, seconds for restic. Warm: nothing is run.
 *
 * @module
 */
import { copyFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from '../../test/interop/cache.ts'
import { tool } from '../cluster/cluster.ts'

const BUILD_MS = 20 * 60_000

interface GoProgram {
  readonly name: string
  readonly module: string
  readonly version: string
  readonly tags?: string
}

export const MINIO: GoProgram = {
  name: 'minio',
  module: 'github.com/minio/minio',
  version: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  tags: 'kqueue',
}
export const RCLONE: GoProgram = { name: 'rclone', module: 'github.com/rclone/rclone', version: 'v1.76.0' }
export const VERSITYGW: GoProgram = { name: 'versitygw', module: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0' }
/** Programs whose Go modules are not published under a version that installs: Debian's package is taken apart, nothing is installed. */
interface DebianProgram {
  readonly name: string
  readonly version: string
  readonly package: string
}
export const RESTIC: DebianProgram = { name: 'restic', version: '0.14.0', package: 'restic=0.14.0*' }
const PROMETHEUS: DebianProgram = { name: 'prometheus', version: '2.42.0', package: 'prometheus=2.42.0*' }

/** Path of the executable, built on first use. @throws {ToolError} no Go toolchain, or the build failed */
export async function goProgram({ name, module, version, tags }: GoProgram): Promise<string> {
  const folder = await madeOnce(name, [module, version, tags ?? ''], async (draft) => {
    console.error(`building ${name} ${version}, which takes minutes …`)
    const args = ['install', '-trimpath', '-ldflags', '-s -w', ...(tags ? ['-tags', tags] : []), `${module}@${version}`]
    await tool('go', args, { ...process.env, GOBIN: draft, CGO_ENABLED: '0' }, { timeoutMs: BUILD_MS })
  })
  return join(folder, name)
}

/** Folder of the executables of a package. @throws {Error} neither fetched before nor on a Debian that has this version */
function debianPrograms({ name, package: wanted }: DebianProgram, executables: readonly string[]): Promise<string> {
  return madeOnce(name, [wanted, ...executables], async (draft) => {
    const inDraft = { ...process.env, PWD: draft }
    await tool('sh', ['-c', 'cd "$0" && apt-get download -qq "$1"', draft, wanted], inDraft)
    const [debianPackage] = (await readdir(draft)).filter((file) => file.endsWith('.deb'))
    if (!debianPackage) throw new Error(`apt-get download ${wanted} left no package`)
    await tool('dpkg-deb', ['-x', join(draft, debianPackage), join(draft, 'unpacked')], process.env)
    for (const executable of executables) await copyFile(join(draft, 'unpacked/usr/bin', executable), join(draft, executable))
    for (const spent of [debianPackage, 'unpacked']) await rm(join(draft, spent), { recursive: true })
  })
}

/** Path of the executable. @throws {Error} as above */
export const restic = async (): Promise<string> => join(await debianPrograms(RESTIC, ['restic']), 'restic')

/** Paths of the executables. @throws {Error} as above */
export async function prometheusPrograms(): Promise<{ readonly prometheus: string; readonly promtool: string }> {
  const folder = await debianPrograms(PROMETHEUS, ['prometheus', 'promtool'])
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') }
}
