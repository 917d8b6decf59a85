import { createHash } from 'node:crypto'
import test from 'ava'
import type { LunarError } from '@lunarx/core/model'
import type { Objects } from '@lunarx/runtime/objects'
import { startHdfs } from '../../hack/servers/hdfs.ts'
import { openRoot, Roots } from '../conformance/objects-hdfs.ts'
import { scratchFolder } from './scratch.ts'

const DATA_NODES = 2
const SIZE_BYTES = 200_000

const opened = new AsyncDisposableStack()
let roots: Roots

test.before('a pair of name nodes starts', async () => {
  const { path } = opened.use(await scratchFolder())
  roots = new Roots(opened.use(await startHdfs({ folder: path, nameNodes: 2, dataNodes: DATA_NODES, replication: 2 })))
})
test.after.always('and stops', () => opened.disposeAsync())

const bytesOf = (seed: string): Uint8Array => Uint8Array.from(createHash('shake256', { outputLength: SIZE_BYTES }).update(seed).digest())

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Puts and reads back, one after the other, until it is told to stop. Any failure ends it. */
class Work {
  readonly #objects: Objects
  #isStopped = false
  #done = 0
  readonly #running: Promise<void>

  constructor(objects: Objects, name: string) {
    this.#objects = objects
    this.#running = this.#run(name)
    this.#running.catch(() => undefined)
  }

  get done(): number {
    return this.#done
  }

  /** @returns how many objects were put and read back. @throws what a put or a read threw */
  async stop(): Promise<number> {
    this.#isStopped = true
    await this.#running
    return this.#done
  }

  /** Resolves after so many more, or when it has ended. */
  async more(count: number): Promise<void> {
    const enough = this.#done + count
    while (this.#done < enough && !this.#isStopped) {
      const ended = await Promise.race([this.#running.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 20, false))])
      if (ended) return
    }
  }

  async #run(name: string): Promise<void> {
    for (; !this.#isStopped; this.#done++) {
      const [object, bytes, into] = [`shards/${name}.${this.#done}`, bytesOf(`${name} ${this.#done}`), new Uint8Array(SIZE_BYTES)]
      await this.#objects.put(object, bytes.length, () => only(bytes))
      const read = await this.#objects.read(object, into, 0)
      if (read !== SIZE_BYTES || Buffer.compare(into, bytes) !== 0) throw new Error(`${object} is not what was put`)
    }
  }
}

test.serial('the standby one is asked first and refuses: the other answers', async (t) => {
  const backend = await roots.make()
  await using objects = (await openRoot({ ...backend, urls: backend.urls.toReversed() }, { attempts: 1 })).objects
  t.deepEqual(await objects.claim('id', new Uint8Array([7])), new Uint8Array([7]))
  t.is(await objects.size('a'), undefined)
})

test.serial('writes and reads go on through an ordered fail-over', async (t) => {
  await using objects = (await openRoot(await roots.make())).objects
  const works = ['a', 'b'].map((name) => new Work(objects, name))
  await Promise.all(works.map((work) => work.more(2)))
  await roots.hdfs.makeStandby(0)
  await roots.hdfs.activate(1)
  await Promise.all(works.map((work) => work.more(2)))
  for (const work of works) t.true((await work.stop()) >= 4)
  t.is((await Array.fromAsync(objects.list(''))).length, works[0]!.done + works[1]!.done)
})

test.serial('writes and reads go on when the active one is killed and the other takes over', async (t) => {
  const { hdfs } = roots
  await using objects = (await openRoot(await roots.make(1))).objects
  const works = ['a', 'b'].map((name) => new Work(objects, name))
  await Promise.all(works.map((work) => work.more(2)))
  await hdfs.nameNodes[1]?.daemon.kill()
  await hdfs.activate(0)
  await Promise.all(works.map((work) => work.more(2)))
  for (const work of works) t.true((await work.stop()) >= 4)
  t.is((await Array.fromAsync(objects.list(''))).length, works[0]!.done + works[1]!.done)
})

test.serial('with no active name node a write fails in time, and works again with one', async (t) => {
  const { hdfs } = roots
  const backend = await roots.make()
  await using objects = (await openRoot(backend)).objects
  await using hasty = (await openRoot(backend, { attempts: 3, attemptMs: 5_000 })).objects
  await hdfs.makeStandby(0)
  const bytes = bytesOf('x')
  const error = await t.throwsAsync<LunarError>(
    hasty.put('a', bytes.length, () => only(bytes)),
    { code: 'STORE_FAILED' },
  )
  t.true(error.retryable)
  const waiting = objects.put('a', bytes.length, () => only(bytes))
  await hdfs.activate(0)
  await waiting
  t.is(await hasty.size('a'), bytes.length)
})

test.serial('an active name node that stands still costs a try its time limit; once it is fenced, writes go on, too', async (t) => {
  const { hdfs } = roots
  const { objects, metrics } = await openRoot(await roots.make(), { attemptMs: 2_000 })
  await using _objects = objects
  await hdfs.restart(hdfs.nameNodes[1]!) // killed above
  const bytes = bytesOf('x')
  await objects.put('a', bytes.length, () => only(bytes))
  hdfs.nameNodes[0]?.daemon.pause()
  await hdfs.activate(1)
  t.is(await objects.size('a'), bytes.length)
  t.is(metrics.observed('lunarx_backend_seconds', { backend: 'hdfs', operation: 'size', outcome: 'timeout' }).length, 1)
  await hdfs.nameNodes[0]?.daemon.kill() // data nodes, too, ask it first: only now they turn to the other
  await objects.put('b', bytes.length, () => only(bytes))
  t.is(await objects.size('b'), bytes.length)
})
