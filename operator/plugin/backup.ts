import { stringify } from 'yaml'
import { keySecretName, MEANT_ANNOTATION } from '../controllers/index.ts'
import { KINDS, type KubeObject } from '../kube/index.ts'
import { printJson, type Command } from './context.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import { observe, type Observed } from './observe.ts'
import { writeNew } from './write-new.ts'

const NOT_OURS_TO_KEEP = ['kubectl.kubernetes.io/last-applied-configuration', MEANT_ANNOTATION]

/** As it can be applied to another cluster: without what the API server adds, and without status. Pure. */
export function applicable({ apiVersion, kind, metadata, ...others }: KubeObject & { readonly status?: unknown }): KubeObject {
  const { status: _, ...rest } = others
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !NOT_OURS_TO_KEEP.includes(name))
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
    ...rest,
  }
}

/** The key comes first: a network that finds none where its volumes are waits for it. Pure. */
export const backupOf = (key: KubeObject, { network, trackers, providers }: Observed): KubeObject[] =>
  [key, network, ...trackers, ...providers].map(applicable)

export const backup: Command = {
  name: 'backup',
  words: '[FILE]',
  wordsAtLeast: 0,
  wordsAtMost: 1,
  summary: "what cannot be made anew: the network's key and its resources, for `kubectl apply -f FILE`",
  details: `Writes YAML (default: lunarx-backup-NETWORK.yaml), readable by you alone. It holds the network's key: whoever has it can let peers in. The
right to read Secrets where the operator runs is needed. Everything else comes back by itself: shards and rows from volumes, the map and the
epoch from peers. Not in it: owner secrets, which are with their owners, and the Secrets and service accounts that your resources name.`,
  flags: [{ name: 'operator-namespace', value: 'NAME', help: 'where the operator runs (default: lunarx-system)' }],
  async run(context) {
    const observed = await observe(context.client, context)
    const { name: network, namespace = context.namespace } = observed.network.metadata
    const [file = `lunarx-backup-${network}.yaml`] = context.words
    const operatorNamespace = String(context.flags['operator-namespace'] ?? 'lunarx-system')
    const name = keySecretName(operatorNamespace, namespace, network)
    const key = await context.client.get(KINDS.secret, { namespace: operatorNamespace, name })
    if (key === undefined)
      throw new RefusedError(
        EXIT.failure,
        `no Secret ${name} in namespace ${operatorNamespace}: name the operator's with --operator-namespace`,
      )
    const objects = backupOf(key, observed)
    await writeNew(file, objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'))
    if (context.isJson) printJson(context, { file, objects: objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`) })
    else context.print(`${file}: ${objects.length} resources, the network's key among them: keep it where the cluster is not.\n`)
    return EXIT.ok
  },
}
