import { askedOf, DRAIN_ANNOTATION, LUNAR_KINDS } from '../controllers/index.ts'
import { printJson, type Command } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { findMember } from './find-member.ts'
import { observe } from './observe.ts'

export const drain: Command = {
  name: 'drain',
  words: 'POD',
  wordsAtLeast: 1,
  wordsAtMost: 1,
  summary: 'move all that a provider holds to others; then it starts again on an empty volume',
  details: `Asks the operator, by the annotation ${DRAIN_ANNOTATION} of the pool, and returns at once; \`status\` shows how far it is. Nothing is removed
before all of it lies elsewhere. Where the others cannot hold it, nothing is moved and the condition ScaleDownRefused says why. For a
node that is to be serviced use \`kubectl drain\`; to have fewer pods use \`kubectl scale lprv/POOL\`.`,
  flags: [{ name: 'undo', help: 'the provider stays after all' }],
  async run(context) {
    const [name = ''] = context.words
    const isUndone = context.flags['undo'] === true
    const { pool, peer } = findMember(await observe(context.client, context), name)
    const others = askedOf(pool).filter((one) => one !== peer)
    const asked = isUndone ? others : [...others, peer]
    const { namespace, name: poolName, resourceVersion } = pool.metadata
    const annotations = { [DRAIN_ANNOTATION]: asked.length === 0 ? null : asked.join(',') }
    await context.client.merge(LUNAR_KINDS.provider, { namespace, name: poolName }, { metadata: { annotations, resourceVersion } })
    if (context.isJson) printJson(context, { pool: poolName, pod: name, peer, isDraining: !isUndone })
    else context.print(isUndone ? `${name} stays.\n` : `${name} is to be drained. How far it is: kubectl lunarx status\n`)
    return EXIT.ok
  },
}
