/**
 * Objects in a folder of HDFS, over WebHDFS or HttpFS.
 *
 * Why REST and not Hadoop's own protocol: it is the way in that Hadoop documents for programs outside the JVM, and it passes firewalls
 * and gateways. What each failure means: docs/BACKENDS.md.
 *
 * @module
 */
import type { HdfsBackend } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { readSmallFile } from '../../files/small-files.ts'
import type { Objects } from '../objects.ts'
import { SteadyObjects, type SteadyOptions } from '../steady.ts'
import { Credentials } from './credentials.ts'
import { Exchange } from './exchange.ts'
import { Files } from './files.ts'
import { HdfsAttempts } from './hdfs-attempts.ts'
import { NameNodes } from './name-nodes.ts'
import { Room } from './room.ts'
import { FileStorer } from './store-file.ts'

/** About 20 s of pauses: a fail-over of name nodes may take as long. */
const PATIENCE = { attempts: 10, maxPauseMs: 5_000 }

/** Asks HDFS nothing yet. @throws {LunarError} BAD_CONFIG: an address with a path; token or certificate authorities cannot be read */
export async function openHdfs(backend: HdfsBackend, options: Omit<SteadyOptions, 'backend'>): Promise<Objects> {
  const { root, prefix, user, tokenFile, caFile, replication, minBlockBytes } = backend
  const { clock, random } = options
  const urls = backend.urls.map(nameNodeUrl)
  const credentials = new Credentials({ clock, user, tokenFile })
  await credentials.query()
  const exchange = new Exchange({ clock, ca: caFile === undefined ? undefined : await readSmallFile(caFile) })
  const files = new Files(new NameNodes({ urls, exchange, credentials }))
  const folder = prefix === '' ? root : `${root}/${prefix}`
  const storer = new FileStorer({ files, folder, clock, random, replication, blockStepBytes: minBlockBytes })
  const room = new Room({ files, root, folder, clock, replication })
  const attempts = new HdfsAttempts({ exchange, files, storer, room, root, folder })
  return new SteadyObjects(attempts, { ...options, backend: 'hdfs', patience: { ...PATIENCE, ...options.patience } })
}

function nameNodeUrl(text: string): URL {
  const url = URL.parse(text)
  if (url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '') return url
  throw new LunarError('BAD_CONFIG', 'the address of a name node is not http://HOST:PORT or https://HOST:PORT', {
    detail: { field: 'urls' },
  })
}
