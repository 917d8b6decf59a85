import { KINDS } from '../kube/index.ts'
import { printJson, type Command, type Context } from './context.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import { findMember, type Found } from './find-member.ts'
import { objectiveLines } from './objective.ts'
import { isReady, observe, type Observed, type PodObject } from './observe.ts'
import { summarise } from './summary.ts'

/** The node on which Kubernetes takes a pod for ready; of one that died it says so for most of a minute. */
function readyOn(pod: PodObject | undefined): string | undefined {
  return pod && isReady(pod) ? (pod.spec?.nodeName ?? 'its node') : undefined
}

/** Why the volume of a provider should not be given up; undefined: nothing speaks for it. Pure. */
export function whyKeep({ network }: Observed, { pod }: Pick<Found, 'pod'>): string | undefined {
  const node = readyOn(pod)
  if (node !== undefined)
    return `it runs and is ready on ${node}: drain it instead (kubectl lunarx drain), or, where that node is dead, cordon it first (kubectl cordon)`
  const { lost = 0, critical = 0 } = network.status?.sets ?? {}
  if (lost > 0) return `${lost} sets are lost, and what lies on its volume may be all that is left of them`
  if (critical > 0) return `${critical} sets have no spare shard: wait until these are repaired`
  return network.status?.sets === undefined ? 'no tracker says what is still needed of it' : undefined
}

async function giveUp(context: Context, observed: Observed, name: string): Promise<void> {
  const found = findMember(observed, name)
  const reason = whyKeep(observed, found)
  if (reason !== undefined && context.flags['force'] !== true)
    throw new RefusedError(EXIT.failure, `the volume of ${name} is kept, because ${reason} (--force overrules this)`)
  const { client, namespace } = context
  await client.remove(KINDS.persistentVolumeClaim, { namespace, name: `data-${name}` }, { uid: found.claim })
  const uid = found.pod?.metadata.uid
  // no time to end: on a dead node nobody would say that it is over, and nothing that it does now is of any use
  if (uid !== undefined) await client.remove(KINDS.pod, { namespace, name }, { uid, graceSeconds: 0 })
  if (context.isJson) printJson(context, { pod: name, peer: found.peer, isGivenUp: true })
  else context.print(`The volume of ${name} is given up: what it held is rebuilt now, and it starts again on an empty one.\n`)
}

export const repair: Command = {
  name: 'repair',
  words: '[POD]',
  wordsAtLeast: 0,
  wordsAtMost: 1,
  summary:
    'what repair has left to do, and how it keeps its objective; with POD: its volume is gone for good, rebuild at once what it held',
  details: `Repair runs by itself. With POD you say that a provider does not come back: its volume claim is deleted and its
pod as well, without waiting for a node that may be dead; its shards are rebuilt at once instead of after
\`repair.rebuildAfterSeconds\`, and it starts anew. Refused while it is ready, while a set is lost, and
while a set has no spare shard. Kubernetes notices a dead node after most of a minute: cordon it before
you --force this earlier, or the pod may start there again. Needs the right to delete pods and
persistentvolumeclaims.`,
  flags: [{ name: 'force', help: 'give the volume up although it may still be needed' }],
  async run(context) {
    const observed = await observe(context.client, context)
    const [name] = context.words
    if (name !== undefined) {
      await giveUp(context, observed, name)
      return EXIT.ok
    }
    const { doing, wrong, etaSeconds, setsByMargin, setsLost, objective } = summarise(observed)
    if (context.isJson) printJson(context, { doing, wrong, etaSeconds, setsByMargin, setsLost, objective })
    else context.print(`${[...(doing.length === 0 ? ['Nothing is under way.'] : doing), ...objectiveLines(objective)].join('\n')}\n`)
    return EXIT.ok
  },
}
