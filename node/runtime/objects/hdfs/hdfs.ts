/**
 * Objects in a folder of HDFS, over WebHDFS or HttpFS.
 *
 * Why REST and not Hadoop's own protocol: it is the one way in that Hadoop documents for programs outside the JVM, and it passes
 * firewalls and gateways. What each failure means: docs/BACKENDS.md.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { readSmallFile } from '../../files/small-files.ts'
import { SteadyObjects, type SteadyOptions } from '../steady.ts'
import { Credentials } from './credentials.ts'
import { Exchange } from './exchange.ts'
import { Files } from './files.ts'
import { HdfsAttempts } from './hdfs-attempts.ts'
import { NameNodes } from './name-nodes.ts'
import { Room } from './room.ts'
import { FileStorer } from './store-file.ts'

/** The smallest block that a name node allows unless told otherwise (`dfs.namenode.fs-limits.min-block-size`). */
const BLOCK_STEP_BYTES = 1024 * 1024
/** About 25 s with the pauses: a fail-over of name nodes takes as long. */
const PATIENCE = { attempts: 10, maxPauseMs: 5_000 }
const MAX_NAME_NODES = 8
const ROOT = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}){1,16}$/
const MAX_REPLICATION = 512

export interface HdfsOptions {
  /** `http://host:9870`, `https://host:9871`; for HttpFS `http://host:14000`. All of one cluster; which is active is found out. */
  readonly nameNodes: readonly string[]
  /** Folder that is there and belongs to the user: `/lunarx/pool-a`. */
  readonly root: string
  /** Who we say we are, where the cluster has no security. */
  readonly user?: string | undefined
  /** File with a delegation token; read again when it changes. */
  readonly tokenFile?: string | undefined
  /** File with the certificate authorities of the cluster, PEM. */
  readonly caFile?: string | undefined
  /** Copies of each block; default: as the cluster does by itself. */
  readonly replication?: number | undefined
  /** Where the cluster allows no block of 1 MiB: the smallest that it does allow, a multiple of 512. Bytes. */
  readonly blockStepBytes?: number | undefined
}

/** @throws {LunarError} BAD_CONFIG. Asks the cluster nothing yet. */
export async function openHdfs(options: HdfsOptions, runtime: Omit<SteadyOptions, 'backend'>): Promise<SteadyObjects> {
  const { root, user, tokenFile, caFile, replication, blockStepBytes = BLOCK_STEP_BYTES } = options
  const { clock, random } = runtime
  check(ROOT.test(root), 'root', 'an absolute path of letters, digits, `.`, `_`, `-`')
  check(replication === undefined || isCount(replication, MAX_REPLICATION), 'replication', `1 to ${MAX_REPLICATION}`)
  check(isCount(blockStepBytes, 2 ** 31) && blockStepBytes % 512 === 0, 'blockStepBytes', 'a multiple of 512')
  const urls = options.nameNodes.map(nameNodeUrl)
  check(isCount(urls.length, MAX_NAME_NODES), 'nameNodes', `1 to ${MAX_NAME_NODES} addresses`)
  const exchange = new Exchange({ clock, ca: caFile === undefined ? undefined : await readSmallFile(caFile) })
  const files = new Files(new NameNodes({ urls, exchange, credentials: new Credentials({ clock, user, tokenFile }) }))
  const storer = new FileStorer({ files, root, clock, random, replication, blockStepBytes })
  const room = new Room({ files, root, clock, replication })
  return new SteadyObjects(new HdfsAttempts({ exchange, files, storer, room, root }), {
    ...runtime,
    backend: 'hdfs',
    patience: { ...PATIENCE, ...runtime.patience },
  })
}

function nameNodeUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain = url !== null && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  check(isPlain && /^https?:$/.test(url.protocol), 'nameNodes', 'http://HOST:PORT or https://HOST:PORT')
  return url
}

const isCount = (value: number, max: number): boolean => Number.isSafeInteger(value) && value >= 1 && value <= max

function check(isRight: boolean, field: string, wanted: string): asserts isRight {
  if (!isRight) throw new LunarError('BAD_CONFIG', `${field} of an HDFS backend: ${wanted}`, { detail: { field } })
}
