// The front door of every npm script: runs on whatever Node.js the machine has (18 or newer), installs the pinned packages (a Node.js
// 24 among them) when they are missing or out of step with package-lock.json, and hands over to hack/doors/<name>.ts under that Node.js.
// Uses nothing but node: modules, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [name, ...args] = process.argv.slice(2)
const door = join(root, 'hack', 'doors', `${name}.ts`)
if (!name || !existsSync(door)) {
  console.error(`usage: node hack/door.mjs NAME [ARGS]\nunknown door: ${name ?? '(none)'}`)
  process.exit(2)
}

const modules = join(root, 'node_modules')
const stamp = join(modules, '.lunarx-installed')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted

/** One installation at a time: `npm ci` removes node_modules first, also under somebody who is running. */
async function install() {
  const lock = join(tmpdir(), `lunarx-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
  const isAlive = (pid) => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true })
      else await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
  try {
    if (isInstalled()) return
    console.error('installing packages (npm ci) …')
    // Standard output belongs to the door's own answer (kubeconfig paths, JSON): npm talks on standard error.
    const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] })
    if (npm.status !== 0) {
      console.error('npm ci failed: see above')
      process.exitCode = 1
      return
    }
    mkdirSync(modules, { recursive: true })
    writeFileSync(stamp, wanted)
  } finally {
    rmSync(lock, { force: true })
  }
}

if (!isInstalled()) await install()
if (process.exitCode) process.exit()

const path = `${join(modules, '.bin')}:${process.env.PATH ?? ''}`
const child = spawn(join(modules, '.bin', 'node'), ['--conditions=source', '--disable-warning=ExperimentalWarning', door, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
