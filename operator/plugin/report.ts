import { gzipSync } from 'node:zlib'
import { stringify } from 'yaml'
import { KINDS, pathOf, type KubeObject } from '../kube/index.ts'
import { NETWORK_LABEL } from '../controllers/index.ts'
import { printJson, type Command, type Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { findLeader } from './leader.ts'
import { observe, type Observed } from './observe.ts'
import { page } from './page.ts'
import { redact, redactText } from './redact.ts'
import { summarise } from './summary.ts'
import { tar, type ArchivedFile } from './tar.ts'
import { writeNew } from './write-new.ts'

/** Of the log of each pod, at most. */
const LOG_LINES = 2_000
const LOG_BYTES = 2_000_000
/** Pods whose logs are taken at most. */
const MAX_LOGS = 60

async function logOf({ connection }: Context, { metadata }: KubeObject, previous: boolean): Promise<ArchivedFile> {
  const path = `${pathOf(KINDS.pod, { namespace: metadata.namespace, name: metadata.name, subresource: 'log' })}?tailLines=${LOG_LINES}&limitBytes=${LOG_BYTES}&timestamps=true${previous ? '&previous=true' : ''}`
  const { status, body } = await connection.send({ method: 'GET', path })
  const name = `logs/${metadata.namespace}.${metadata.name}${previous ? '.before' : ''}.log`
  return { path: name, text: status === 200 ? redactText(body) : `could not be read: ${status} ${body.slice(0, 300)}\n` }
}

const asYaml = (path: string, objects: readonly unknown[]): ArchivedFile => ({
  path: `resources/${path}.yaml`,
  text: objects.map((object) => stringify(redact(object), { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n'),
})

/** The operator lives elsewhere, where the caller may have no rights: then the report says so. */
async function operatorPods({ client, flags }: Context): Promise<readonly KubeObject[]> {
  const namespace = String(flags['operator-namespace'] ?? 'lunarx-system')
  const selection = { namespace, labelSelector: 'app.kubernetes.io/component=operator' }
  return (await client.list(KINDS.pod, selection)).items
}

async function collect(context: Context, observed: Observed): Promise<ArchivedFile[]> {
  const { client, namespace } = context
  const leader = await findLeader(client, observed.network, context.clock)
  const { network, trackers, providers, pods, claims, statefulSets } = observed
  const mine = { namespace, labelSelector: `${NETWORK_LABEL}=${network.metadata.name}` }
  const [configMaps, services, budgets, events] = await Promise.all([
    client.list(KINDS.configMap, mine),
    client.list(KINDS.service, mine),
    client.list(KINDS.podDisruptionBudget, mine),
    client.list(KINDS.event, { namespace }),
  ])
  const operators = await operatorPods(context).catch((error: unknown) => String(error))
  const logged = [...(typeof operators === 'string' ? [] : operators), ...pods].slice(0, MAX_LOGS)
  const restarted = pods.filter(({ status }) => status?.containerStatuses?.some(({ restartCount = 0 }) => restartCount > 0))
  const logs: ArchivedFile[] = []
  for (const pod of logged) logs.push(await logOf(context, pod, false))
  for (const pod of restarted.slice(0, MAX_LOGS)) logs.push(await logOf(context, pod, true))
  return [
    { path: 'status.txt', text: page(summarise(observed, leader)) },
    asYaml('lunarx', [network, ...trackers, ...providers]),
    asYaml('pods', pods),
    asYaml('volume-claims', claims),
    asYaml('statefulsets', statefulSets),
    asYaml('configmaps', configMaps.items),
    asYaml('services', services.items),
    asYaml('disruption-budgets', budgets.items),
    asYaml('events', events.items),
    ...(typeof operators === 'string' ? [{ path: 'operator.txt', text: `${operators}\n` }] : [asYaml('operator-pods', operators)]),
    ...logs,
  ]
}

export const report: Command = {
  name: 'report',
  words: '[FILE]',
  wordsAtLeast: 0,
  wordsAtMost: 1,
  summary: 'a bundle for those who help you: resources, events and logs, without secrets',
  details: `Writes a .tar.gz (default: lunarx-report-NETWORK.tar.gz). No Secret is read; what looks like a key, token or password in resources or
logs is taken out. What may not be read is left out, and the bundle says so.`,
  flags: [{ name: 'operator-namespace', value: 'NAME', help: 'where the operator runs (default: lunarx-system)' }],
  async run(context) {
    const observed = await observe(context.client, context)
    const [file = `lunarx-report-${observed.network.metadata.name}.tar.gz`] = context.words
    const files = await collect(context, observed)
    await writeNew(file, gzipSync(tar(files, context.nowMs)))
    if (context.isJson) printJson(context, { file, files: files.map(({ path }) => path) })
    else context.print(`${file}: ${files.length} files\n`)
    return EXIT.ok
  },
}
