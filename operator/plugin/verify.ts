import { nodeCrypto } from '@lunarx/runtime/crypto'
import { clientConfigName, epochName } from '../controllers/index.ts'
import { KINDS, type KubeObject } from '../kube/index.ts'
import { checkConsistency } from './consistency.ts'
import { printJson, type Command, type Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { observe } from './observe.ts'

async function textOf({ client, namespace }: Context, name: string, field: string): Promise<string | undefined> {
  const live = await client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(KINDS.configMap, { namespace, name })
  return live?.data?.[field]
}

export const verify: Command = {
  name: 'verify',
  words: '',
  wordsAtLeast: 0,
  wordsAtMost: 0,
  summary: 'does what the cluster holds of the network agree with itself',
  details:
    'Resources, pods, volumes, members, the signed epoch and the client configuration are compared with one another. Changes nothing.',
  flags: [],
  async run(context) {
    const observed = await observe(context.client, context)
    const { name } = observed.network.metadata
    const [epoch, clientConfig] = await Promise.all([
      textOf(context, epochName(name), 'epoch'),
      textOf(context, clientConfigName(name), 'network.json'),
    ])
    const checks = checkConsistency(observed, { epoch, clientConfig }, nodeCrypto)
    const lines = checks.flatMap(({ what, problems }) => [
      `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${what}`,
      ...problems.map((problem) => `     ${problem}`),
    ])
    if (context.isJson) printJson(context, { network: name, checks })
    else context.print(`${lines.join('\n')}\n`)
    return checks.every(({ problems }) => problems.length === 0) ? EXIT.ok : EXIT.failure
  },
}
