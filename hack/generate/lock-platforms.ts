/**
 * Names in package-lock.json every platform's build of optional packages. A registry that mirrors only Linux gives npm no metadata of
 * the others; npm then leaves them out of the lock, and `npm ci` refuses a lock that lacks one, on every machine. The entries made
 * here carry name, version and platform; npm never fetches those of other platforms. `--check`: fail when one is missing.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Package {
  readonly version?: string
  readonly dev?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}
interface Lock {
  packages: Record<string, Package>
}

const FILE = 'package-lock.json'
const OS: Readonly<Record<string, string>> = {
  darwin: 'darwin',
  linux: 'linux',
  windows: 'win32',
  win32: 'win32',
  android: 'android',
  freebsd: 'freebsd',
  openharmony: 'openharmony',
}
const CPUS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x']

/** Node's own look-up: the nearest node_modules above. */
function isLocked(lock: Lock, parent: string, name: string): boolean {
  for (let at = parent; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in lock.packages) return true
    if (at === '') return false
    if (!at.includes('/node_modules/')) return `node_modules/${name}` in lock.packages
  }
}

function entry(name: string, version: string, parent: Package): Package {
  const parts = name.split(/[-/]/)
  const os = parts.map((part) => OS[part]).find(Boolean)
  const cpu = CPUS.find((known) => parts.includes(known))
  if (!os || !cpu || !/^\d/.test(version)) throw new Error(`cannot tell the platform of ${name}@${version}`)
  const libc = parts.includes('musl') || parts.includes('musleabihf') ? ['musl'] : os === 'linux' ? ['glibc'] : undefined
  return { version, cpu: [cpu], ...(parent.dev ? { dev: true } : {}), ...(libc ? { libc } : {}), optional: true, os: [os] }
}

const text = readFileSync(FILE, 'utf8')
const lock = JSON.parse(text) as Lock
for (const [path, locked] of Object.entries(lock.packages)) {
  const folder = path === '' ? 'node_modules' : path.slice(0, path.lastIndexOf('node_modules/') + 'node_modules'.length)
  for (const [name, version] of Object.entries(locked.optionalDependencies ?? {}))
    if (!isLocked(lock, path, name)) lock.packages[`${folder}/${name}`] = entry(name, version, locked)
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
const complete = `${JSON.stringify(lock, null, 2)}\n`
if (process.argv.includes('--check')) {
  if (Object.keys((JSON.parse(text) as Lock).packages).length !== Object.keys(lock.packages).length) {
    console.error(`${FILE} lacks platforms of optional packages`)
    process.exitCode = 1
  }
} else writeFileSync(FILE, complete)
