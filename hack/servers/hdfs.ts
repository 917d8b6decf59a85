/**
 * HDFS until disposed: one name node or an active and a standby one, and data nodes, each a process of its own.
 *
 * The pair shares its edits through a folder: a journal node would be one more JVM and changes nothing that a client sees.
 *
 * @module
 */
import { cp } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configure, Daemon, formatted, hadoopTool, type Properties, type Surroundings } from './hadoop.ts'
import type { Kdc } from './kdc.ts'
import { freePorts } from './ports.ts'

const READY_MS = 300_000
const LOOK_MS = 50
const [NAME_NODE_HEAP_MB, DATA_NODE_HEAP_MB] = [192, 128]
const PORTS_OF_NAME_NODE = 2
const PORTS_OF_DATA_NODE = 3
const NAME_SERVICE = 'trial'
/** Names in a page of a listing: few, so that a test sees several. */
export const LIST_LIMIT = 50

export interface HdfsOptions {
  /** Made when missing; all that the processes write lies in it. */
  readonly folder: string
  /** 2: the first becomes the active one. */
  readonly nameNodes: 1 | 2
  readonly dataNodes: number
  /** Copies of each block, at most `dataNodes`. */
  readonly replication: number
  /** With it, users must show who they are. */
  readonly kdc?: Kdc
  /** Address to listen on and to be sent to. Default: the loopback. */
  readonly host?: string
  /** Names in a page of a listing. Default: {@link LIST_LIMIT}. */
  readonly listLimit?: number
}

const LOOPBACK = '127.0.0.1'

export interface HdfsNode {
  /** Of its HTTP server. */
  readonly url: string
  readonly daemon: Daemon
}

export class Hdfs implements AsyncDisposable {
  readonly nameNodes: readonly HdfsNode[]
  readonly dataNodes: readonly HdfsNode[]
  readonly #admin: string
  readonly #nodes: Surroundings | undefined

  /** @param admin folder of the configuration that tools read */
  constructor(nameNodes: readonly HdfsNode[], dataNodes: readonly HdfsNode[], admin: string, nodes: Surroundings | undefined) {
    this.nameNodes = nameNodes
    this.dataNodes = dataNodes
    this.#admin = admin
    this.#nodes = nodes
  }

  /** Of the name nodes, in the order of the configuration. */
  get urls(): string[] {
    return this.nameNodes.map(({ url }) => url)
  }

  /** Makes one of the pair the active one; the other must be dead or on standby. */
  async activate(index: number): Promise<void> {
    await this.admin('org.apache.hadoop.hdfs.tools.DFSHAAdmin', '-transitionToActive', '--forceactive', `nn${index + 1}`)
  }

  async makeStandby(index: number): Promise<void> {
    await this.admin('org.apache.hadoop.hdfs.tools.DFSHAAdmin', '-transitionToStandby', `nn${index + 1}`)
  }

  /** Runs one of Hadoop's own tools as the superuser. @throws {ToolError} */
  async admin(...program: string[]): Promise<string> {
    return await this.as(this.#nodes, ...program)
  }

  /** The same, as whom the surroundings say. */
  async as(around: Surroundings | undefined, ...program: string[]): Promise<string> {
    return await hadoopTool(this.#admin, program, around)
  }

  /** Starts a node that was killed; resolves when it answers, and a data node when the name node knows it. @throws {Error} not in time */
  async restart({ daemon, url }: HdfsNode): Promise<void> {
    await daemon.start()
    await until(async () => (await answers(url)) && (await isRegistered(url)), daemon)
  }

  /** Resolves when a name node answers that it is out of safe mode and hears of so many data nodes. @throws {Error} not in time */
  async ready(index: number, dataNodes: number): Promise<void> {
    const nameNode = this.nameNodes[index]
    if (!nameNode) throw new RangeError(`no name node ${index}`)
    if (this.#nodes) {
      // it answers nobody without a ticket; safe mode lasts until all data nodes are there
      await until(() => answers(nameNode.url), nameNode.daemon)
      await this.admin('org.apache.hadoop.hdfs.tools.DFSAdmin', '-safemode', 'wait')
      return
    }
    await until(() => isOperational(nameNode.url, dataNodes), nameNode.daemon)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nameNodes, ...this.dataNodes].map(({ daemon }) => daemon.kill()))
  }
}

/** @throws {Error} not ready in time; the end of a log is in the message */
export async function startHdfs(options: HdfsOptions): Promise<Hdfs> {
  const { folder, nameNodes, dataNodes, kdc, host = LOOPBACK } = options
  const empty = await formatted()
  const ports = await freePorts(nameNodes * PORTS_OF_NAME_NODE + dataNodes * PORTS_OF_DATA_NODE)
  const core = { 'fs.defaultFS': `hdfs://${NAME_SERVICE}`, ...kdc?.core }
  const shared = { ...common(options, ports), ...kdc?.hdfs }
  const names = Array.from({ length: nameNodes }, async (_, i): Promise<HdfsNode> => {
    const id = `nn${i + 1}`
    await cp(join(empty, 'name'), join(folder, id), { recursive: true })
    const own = { ...shared, 'dfs.ha.namenode.id': id, 'dfs.namenode.name.dir': `file://${join(folder, id)}` }
    const configuration = await configure(join(folder, `conf-${id}`), core, own)
    const daemon = new Daemon('org.apache.hadoop.hdfs.server.namenode.NameNode', configuration, NAME_NODE_HEAP_MB, kdc?.nodes)
    return { url: `http://${host}:${ports + i * PORTS_OF_NAME_NODE}`, daemon }
  })
  if (nameNodes > 1) await cp(join(empty, 'name'), join(folder, 'edits'), { recursive: true })
  const firstDataPort = ports + nameNodes * PORTS_OF_NAME_NODE
  const datas = Array.from({ length: dataNodes }, async (_, i): Promise<HdfsNode> => {
    const port = firstDataPort + i * PORTS_OF_DATA_NODE
    const own = { ...shared, ...dataNode(folder, host, i, port) }
    const configuration = await configure(join(folder, `conf-dn${i + 1}`), core, own)
    const daemon = new Daemon('org.apache.hadoop.hdfs.server.datanode.DataNode', configuration, DATA_NODE_HEAP_MB, kdc?.nodes)
    return { url: `http://${host}:${port + 1}`, daemon }
  })
  const admin = await configure(join(folder, 'conf-admin'), core, shared)
  const hdfs = new Hdfs(await Promise.all(names), await Promise.all(datas), admin, kdc?.nodes)
  try {
    await Promise.all([...hdfs.nameNodes, ...hdfs.dataNodes].map(({ daemon }) => daemon.start()))
    if (nameNodes > 1) {
      await Promise.all(hdfs.nameNodes.map(({ url, daemon }) => until(() => answers(url), daemon)))
      await hdfs.activate(0)
    }
    await hdfs.ready(0, dataNodes)
    return hdfs
  } catch (error) {
    await hdfs[Symbol.asyncDispose]()
    throw error
  }
}

function common(options: HdfsOptions, ports: number): Properties {
  const { folder, nameNodes, dataNodes, replication, host = LOOPBACK, listLimit = LIST_LIMIT } = options
  const ids = Array.from({ length: nameNodes }, (_, i) => `nn${i + 1}`)
  const port = (i: number): number => ports + i * PORTS_OF_NAME_NODE
  const addresses = ids.flatMap((id, i) => [
    [`dfs.namenode.http-address.${NAME_SERVICE}.${id}`, `${host}:${port(i)}`],
    [`dfs.namenode.rpc-address.${NAME_SERVICE}.${id}`, `${host}:${port(i) + 1}`],
  ])
  const pair = {
    'dfs.namenode.shared.edits.dir': `file://${join(folder, 'edits')}`,
    'dfs.ha.tail-edits.period': '200ms',
    'dfs.ha.fencing.methods': 'shell(/bin/true)',
    // for tools that ask a node that stands still
    'ha.failover-controller.cli-check.rpc-timeout.ms': 2_000,
  }
  return {
    'dfs.nameservices': NAME_SERVICE,
    [`dfs.ha.namenodes.${NAME_SERVICE}`]: ids.join(),
    ...(Object.fromEntries(addresses) as Properties),
    [`dfs.client.failover.proxy.provider.${NAME_SERVICE}`]: 'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
    ...(nameNodes > 1 ? pair : {}),
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.namenode.safemode.extension': 0,
    'dfs.namenode.safemode.min.datanodes': dataNodes,
    'dfs.namenode.heartbeat.recheck-interval': 2_000,
    'dfs.namenode.handler.count': 4,
    'dfs.namenode.fs-limits.min-block-size': 1 << 20,
    'dfs.heartbeat.interval': 1,
    'dfs.ls.limit': listLimit,
    'dfs.blocksize': 8 << 20,
    'dfs.replication': replication,
    'dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
    // a data node that asks the name node to close a file too early asks again after this, not after 400 ms
    'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': 20,
  }
}

const dataNode = (folder: string, host: string, i: number, port: number): Properties => ({
  'dfs.datanode.data.dir': `file://${join(folder, `data${i + 1}`)}`,
  'dfs.datanode.hostname': host,
  'dfs.datanode.address': `${host}:${port}`,
  'dfs.datanode.http.address': `${host}:${port + 1}`,
  'dfs.datanode.ipc.address': `${host}:${port + 2}`,
  'dfs.datanode.handler.count': 3,
  'dfs.blockreport.initialDelay': 0,
})

async function until(isSo: () => Promise<boolean>, daemon: Daemon): Promise<void> {
  const deadline = performance.now() + READY_MS
  while (!(await isSo())) {
    if (performance.now() > deadline || !daemon.isRunning) throw new Error(`HDFS is not ready: ${await daemon.said()}`)
    await sleep(LOOK_MS)
  }
}

/** Both the HTTP server and, a little later, the one for tools, on the port above. */
async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/jmx`)).text()
  } catch {
    return false
  }
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port) + 1, hostname, () => resolve(true)).once('error', () => resolve(false))
  return await promise.finally(() => socket.destroy())
}

/** True of a name node, which registers nowhere. */
async function isRegistered(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo`)
    const { beans } = (await answer.json()) as { beans: { BPServiceActorInfo: string }[] }
    const actors = beans.flatMap(({ BPServiceActorInfo: text }) => JSON.parse(text) as { ActorState: string }[])
    return actors.every(({ ActorState: state }) => state === 'RUNNING') && (beans.length === 0 || actors.length > 0)
  } catch {
    return false
  }
}

interface State {
  readonly FSState: string
  readonly NumLiveDataNodes: number
}

/** Out of safe mode, and hears of so many data nodes. */
async function isOperational(url: string, dataNodes: number): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState`)
    const seen = ((await answer.json()) as { beans: State[] }).beans[0]
    return seen?.FSState === 'Operational' && seen.NumLiveDataNodes === dataNodes
  } catch {
    return false
  }
}
