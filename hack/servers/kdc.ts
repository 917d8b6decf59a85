/**
 * A Kerberos realm on the loopback until disposed, with the few principals that an HDFS and its user need, all in one keytab.
 *
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kdcPrograms, type Properties, type Surroundings } from './hadoop.ts'
import { startService } from './service.ts'

const REALM = 'EXAMPLE.COM'
/** Of name nodes and data nodes; HDFS takes its first part for the superuser. */
const SERVICE = 'hdfs/localhost'
/** Of whoever serves HTTP: what browsers and curl ask tickets for. */
const WEB_SERVICE = 'HTTP/localhost'
const HEAP_MB = 96

export interface Kdc extends AsyncDisposable {
  /** For `core-site.xml`. */
  readonly core: Properties
  /** For `hdfs-site.xml`. */
  readonly hdfs: Properties
  /** In which a program of Hadoop is this principal. */
  as(principal: string): Surroundings
  /** In which the nodes are themselves. */
  readonly nodes: Surroundings
}

/** @param users principals to make. @throws {Error} not ready within a minute */
export async function startKdc(folder: string, users: readonly string[]): Promise<Kdc> {
  await mkdir(folder, { recursive: true })
  const [logFile, properties, keytab] = [join(folder, 'log'), join(folder, 'kdc.properties'), join(folder, 'keytab')]
  await writeFile(properties, 'kdc.bind.address=127.0.0.1\n')
  const jars = join(await kdcPrograms(), 'lib/*')
  const program = ['org.apache.hadoop.minikdc.MiniKdc', folder, properties, keytab, SERVICE, WEB_SERVICE, ...users]
  const service = await startService({
    name: 'the KDC',
    program: 'java',
    args: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Xmx${HEAP_MB}m`, '-cp', jars, ...program],
    env: process.env,
    logFile,
    isReady: async () => (await readFile(logFile, 'utf8')).includes('created keytab'),
  })
  const as = (principal: string): Surroundings => ({
    jvm: [`-Djava.security.krb5.conf=${join(folder, 'krb5.conf')}`],
    env: { KRB5PRINCIPAL: principal, KRB5KEYTAB: keytab },
  })
  return {
    core: {
      'hadoop.security.authentication': 'kerberos',
      'hadoop.http.authentication.type': 'kerberos',
      'hadoop.http.authentication.kerberos.principal': `${WEB_SERVICE}@${REALM}`,
      'hadoop.http.authentication.kerberos.keytab': keytab,
    },
    hdfs: {
      ...Object.fromEntries(
        ['namenode', 'datanode'].flatMap((role) => [
          [`dfs.${role}.kerberos.principal`, `${SERVICE}@${REALM}`],
          [`dfs.${role}.keytab.file`, keytab],
        ]),
      ),
      'dfs.web.authentication.kerberos.principal': `${WEB_SERVICE}@${REALM}`,
      'dfs.web.authentication.kerberos.keytab': keytab,
      'dfs.block.access.token.enable': true,
      'ignore.secure.ports.for.testing': true,
    },
    as,
    nodes: as(SERVICE),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  }
}
