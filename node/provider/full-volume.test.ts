/**
 * A provider on a real volume that fills up to its last byte: a small file system of its own, which needs the rights to mount one.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasCode, utf8 } from '@lunarx/core/model'
import { identityOf } from '@lunarx/net/identity'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NodeDisk } from '@lunarx/runtime/disk'
import { RecordedMetrics } from '@lunarx/runtime/metrics'
import { SystemRandom } from '@lunarx/runtime/random'
import { SqliteStore } from '@lunarx/runtime/store'
import test, { type ExecutionContext } from 'ava'
import { Askers, present, PROVIDER } from './simulated-askers.ts'
import { startProvider, type Provider } from './start.ts'

const MIB = 1024 * 1024

/** Undefined where this user may not mount. */
function mountSmall(sizeMib: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'lunarx-test', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
}

/** One provider with its files and stores on this folder, on the machine's clock. */
class VolumeProvider extends Askers<SystemClock> {
  readonly #folder: string
  #provider: Provider | undefined

  constructor(folder: string) {
    const clock = new SystemClock()
    super('volume', clock, () => clock)
    this.#folder = folder
    for (const name of ['files', 'stores']) mkdirSync(join(folder, name))
  }

  async start(): Promise<void> {
    const disk = new NodeDisk(join(this.#folder, 'files'))
    const platform = {
      clock: this.clock,
      crypto,
      disk,
      random: new SystemRandom(),
      openStore: async (name: string) => new SqliteStore(join(this.#folder, 'stores', `${name}.sqlite`)),
      log: this.trace.log('provider'),
      metrics: new RecordedMetrics(),
    }
    const config = {
      network: this.config,
      address: PROVIDER,
      capacityBytes: async () => Math.floor((await disk.space()).totalBytes * 0.95),
      services: ['storage', 'index'] as const,
    }
    const { signKey } = identityOf(crypto.sha256(utf8('provider')), crypto)
    this.#provider = await startProvider(config, platform, this.join('provider', 'provider'), signKey)
  }

  async stop(): Promise<void> {
    await this.#provider?.[Symbol.asyncDispose]()
    this.#provider = undefined
    this.network.crash('provider')
  }

  /** Resolves when it holds; the provider looks at its room every few seconds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.clock.sleep(100)
  }
}

/** Takes every byte that is left. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'a')
  for (const sizeBytes of [64 * 1024, 4096, 1]) {
    const block = new Uint8Array(sizeBytes).fill(7)
    try {
      for (;;) await handle.write(block)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
  await handle.close()
}

async function refused(t: ExecutionContext, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(work)
  t.true(hasCode(error, 'FULL'), String(error))
}

test('at 100 % it refuses what is new, reads, deletes, restarts, and recovers by itself; it grows with its claim', async (t) => {
  t.timeout(120_000)
  const volume = mountSmall(48)
  if (volume === undefined) {
    t.log('not tested: this user may not mount a file system')
    t.pass()
    return
  }
  t.teardown(() => {
    execFileSync('umount', ['--lazy', volume])
    rmSync(volume, { recursive: true })
  })
  const other = join(volume, 'somebody-else')
  const world = new VolumeProvider(volume)
  t.teardown(() => world.stop())
  await world.start()
  const sets = []
  for (let n = 0; n < 8; n++) sets.push(await world.put(`set ${n}`, MIB))
  const late = world.makeSet('late', MIB)
  const lateKey = await world.hold(late)
  const ballast = join(volume, 'files', 'ballast')
  const ballastBytes = statSync(ballast).size
  t.true(ballastBytes > 300_000)

  await fill(other)
  await refused(t, world.hold(world.makeSet('new', MIB)))
  await refused(t, world.store(late, lateKey))
  t.is((await world.progress(lateKey)).receivedBytes, 0)
  await t.notThrowsAsync(world.until(() => present(world.heard.beats.at(-1)).capacityBytes < 12 * MIB))
  await fill(other) // what the provider gave up for its index is taken too
  for (const set of sets) t.deepEqual((await world.retrieve(set)).bytes, set.bytes)
  const repair = await world.retrieve(present(sets[0]), {
    asker: world.tracker,
    authority: world.grant(present(sets[0]), world.tracker, 'tracker'),
  })
  t.deepEqual(repair.bytes, present(sets[0]).bytes)
  await refused(t, world.hold(world.makeSet('new', 1000)))

  const [first, second, third, ...rest] = sets
  t.is(await world.discard(world.tombstone(present(first))), 1)
  t.false(await world.isHeld(present(first)))
  await fill(other)
  t.is(await world.discard(world.tombstone(present(second))), 1)

  await world.stop()
  await fill(other)
  await world.start()
  t.false(await world.isHeld(present(first)))
  t.false(await world.isHeld(present(second)))
  t.deepEqual((await world.retrieve(present(third))).bytes, present(third).bytes)
  await refused(t, world.hold(world.makeSet('new', MIB)))

  await writeFile(other, '')
  await world.until(() => present(world.heard.beats.at(-1)).capacityBytes > 40 * MIB)
  const again = await world.put('new', MIB)
  t.deepEqual((await world.retrieve(again)).bytes, again.bytes)
  for (const set of rest) t.true(await world.isHeld(set))
  await world.until(() => statSync(ballast, { throwIfNoEntry: false })?.size === ballastBytes)

  execFileSync('mount', ['-o', 'remount,size=96m', volume])
  await world.until(() => present(world.heard.beats.at(-1)).capacityBytes > 80 * MIB)
  t.pass()
})
