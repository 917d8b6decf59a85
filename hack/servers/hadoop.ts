/**
 * Hadoop's HDFS programs: which version, how they are had, and how one of them runs on the loopback as a process of its own.
 *
 * The jars come through Maven, once (128 of them, 68 MB, half a minute). They lack the empty web applications that the name node and
 * the data nodes look for at start, which are written beside them. A formatted, empty name folder is kept too: formatting would cost a
 * JVM at every start.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from '../../test/interop/cache.ts'
import { tool } from '../cluster/cluster.ts'

const HADOOP_VERSION = '3.5.0'
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'
const FETCH_MS = 10 * 60_000
const FORMAT_MS = 60_000

/** Started by a user of this name, a name node takes it for the superuser. */
export const SUPERUSER = 'hdfs'

export type Properties = Readonly<Record<string, string | number | boolean>>

const project = (artifacts: readonly string[]): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>lunarx</groupId><artifactId>servers</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${artifacts
    .map(
      (name) =>
        `<dependency><groupId>org.apache.hadoop</groupId><artifactId>${name}</artifactId><version>${HADOOP_VERSION}</version></dependency>`,
    )
    .join('')}</dependencies>
</project>`

const WEB_APPLICATION = '<web-app version="2.4" xmlns="http://java.sun.com/xml/ns/j2ee"></web-app>'
const LOG = `log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
`
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Xss512k', '-Djava.net.preferIPv4Stack=true']

/** What a program finds around it, beside its configuration. */
export interface Surroundings {
  /** `-Dname=value` and the like. */
  readonly jvm: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const PLAIN: Surroundings = { jvm: [], env: { HADOOP_USER_NAME: SUPERUSER } }

/** Folder with `lib/`, and `web/` for the class path. */
async function programs(): Promise<string> {
  const artifacts = ['hadoop-common', 'hadoop-hdfs', 'hadoop-hdfs-client']
  return await madeOnce('hadoop', [project(artifacts), COPY_DEPENDENCIES, WEB_APPLICATION, LOG], async (draft) => {
    await fetchJars(draft, artifacts)
    for (const name of ['hdfs', 'datanode']) {
      const folder = join(draft, 'web/webapps', name, 'WEB-INF')
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'web.xml'), WEB_APPLICATION)
    }
    await writeFile(join(draft, 'web/log4j.properties'), LOG)
  })
}

/** A key distribution centre for trials, of the same release: Apache Kerby's. Folder with `lib/`. */
export async function kdcPrograms(): Promise<string> {
  const artifacts = ['hadoop-minikdc']
  return await madeOnce('hadoop-kdc', [project(artifacts), COPY_DEPENDENCIES], (draft) => fetchJars(draft, artifacts))
}

/** @throws {ToolError} no Maven or no Java */
async function fetchJars(draft: string, artifacts: readonly string[]): Promise<void> {
  await writeFile(join(draft, 'pom.xml'), project(artifacts))
  const maven = ['-q', '-B', '-f', join(draft, 'pom.xml'), COPY_DEPENDENCIES, `-DoutputDirectory=${join(draft, 'lib')}`]
  await tool('mvn', maven, process.env, { timeoutMs: FETCH_MS })
}

/** An empty file system as a name node keeps it, to be copied; one for all: nothing in it names a place. */
export async function formatted(): Promise<string> {
  return await madeOnce('hdfs-formatted', [HADOOP_VERSION], async (draft) => {
    const configuration = await configure(join(draft, 'conf'), { 'fs.defaultFS': 'hdfs://127.0.0.1:1' }, nameFolders(draft))
    const args = await javaArgs(configuration, PLAIN, 128, [
      'org.apache.hadoop.hdfs.server.namenode.NameNode',
      '-format',
      '-nonInteractive',
      '-force',
    ])
    await tool('java', args, { ...process.env, ...PLAIN.env }, { timeoutMs: FORMAT_MS })
  })
}

const nameFolders = (folder: string): Properties => ({ 'dfs.namenode.name.dir': `file://${join(folder, 'name')}` })

/** Writes the two files that the programs read; returns their folder. */
export async function configure(folder: string, core: Properties, hdfs: Properties): Promise<string> {
  await mkdir(folder, { recursive: true })
  const xml = (properties: Properties): string =>
    `<configuration>${Object.entries(properties)
      .map(([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`)
      .join('\n')}</configuration>\n`
  await writeFile(join(folder, 'core-site.xml'), xml(core))
  await writeFile(join(folder, 'hdfs-site.xml'), xml(hdfs))
  return folder
}

async function javaArgs(configuration: string, { jvm }: Surroundings, heapMb: number, program: readonly string[]): Promise<string[]> {
  const folder = await programs()
  return [...JVM, ...jvm, `-Xmx${heapMb}m`, '-cp', [configuration, join(folder, 'web'), join(folder, 'lib/*')].join(':'), ...program]
}

/** Runs a program of Hadoop to its end; resolves to its standard output. @throws {ToolError} exit status not 0 */
export async function hadoopTool(configuration: string, program: readonly string[], around: Surroundings = PLAIN): Promise<string> {
  return await tool('java', await javaArgs(configuration, around, 128, program), { ...process.env, ...around.env })
}

/** One program of Hadoop that runs until it is killed, and may be started again on what it left. */
export class Daemon implements AsyncDisposable {
  readonly #program: string
  readonly #configuration: string
  readonly #heapMb: number
  readonly #around: Surroundings
  #child: ChildProcess | undefined

  constructor(program: string, configuration: string, heapMb: number, around: Surroundings = PLAIN) {
    this.#program = program
    this.#configuration = configuration
    this.#heapMb = heapMb
    this.#around = around
  }

  async start(): Promise<void> {
    await using log = await open(this.#logFile, 'a')
    const args = await javaArgs(this.#configuration, this.#around, this.#heapMb, [this.#program])
    this.#child = spawn('java', args, { env: { ...process.env, ...this.#around.env }, stdio: ['ignore', log.fd, log.fd] })
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Stands still without closing a connection, until {@link Daemon.resume}. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** As a machine that loses its power: SIGKILL. */
  async kill(): Promise<void> {
    if (!this.#child || !this.isRunning) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  /** The end of its log. */
  async said(): Promise<string> {
    return (await readFile(this.#logFile, 'utf8')).slice(-2_000)
  }

  get #logFile(): string {
    return join(this.#configuration, 'log')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}
