import { AUDIT_ANNOTATION, auditsAskedOf, LUNAR_KINDS, withAudit } from '../controllers/index.ts'
import { auditExit, auditPage, auditsOf, providerPage } from './audit-page.ts'
import { askAllTrackers } from './ask-trackers.ts'
import { printJson, type Command, type Context } from './context.ts'
import { EXIT, RefusedError, type ExitCode } from './exit-codes.ts'
import { findMember, providersByPeer } from './find-member.ts'
import { keptBy, keptPage } from './kept-transcripts.ts'
import { observe, type Observed } from './observe.ts'

async function order(context: Context, observed: Observed, name: string): Promise<ExitCode> {
  const { pool, peer } = findMember(observed, name)
  if (!auditsOf(observed).isOn)
    throw new RefusedError(EXIT.failure, 'nothing is audited in this network: set spec.audit.enabled of the LunarNetwork')
  const id = context.nowMs.toString(36)
  const { namespace, name: poolName, resourceVersion } = pool.metadata
  const annotations = { [AUDIT_ANNOTATION]: withAudit(auditsAskedOf(pool), { peer, id }) }
  await context.client.merge(LUNAR_KINDS.provider, { namespace, name: poolName }, { metadata: { annotations, resourceVersion } })
  if (context.isJson) printJson(context, { pool: poolName, pod: name, peer, order: id })
  else context.print(`${name} is to be audited. How it went: kubectl lunarx audit ${name}\n`)
  return EXIT.ok
}

async function list(context: Context, observed: Observed, name: string | undefined): Promise<ExitCode> {
  const peer = name === undefined ? undefined : findMember(observed, name).peer
  const heard = await askAllTrackers(context, observed, 'listTranscripts')
  const all = keptBy(heard, providersByPeer(observed), context.nowMs)
  const kept = peer === undefined ? all : all.filter((one) => one.peer === peer)
  if (context.isJson) printJson(context, { transcripts: kept, answered: heard.answers.map(({ pod }) => pod), failures: heard.failures })
  else context.print(keptPage(kept, heard))
  return EXIT.ok
}

export const audit: Command = {
  name: 'audit',
  words: '[POD]',
  wordsAtLeast: 0,
  wordsAtMost: 1,
  summary: 'have providers proved that they hold what they say; with POD: this one, with --now: ask it at once',
  details: `Reads what the operator wrote of the trackers' audits, at most a minute old. --transcripts asks the trackers themselves, in their
pods by \`kubectl exec\` (needs the right to create pods/exec there), which transcripts and convictions they keep; \`kubectl lunarx transcript\`
fetches one. --now asks the operator, by the annotation ${AUDIT_ANNOTATION} of the pool, and returns at once: all
trackers together ask the provider for up to 64 leaves of 16 KiB at random, each judged like any other; one order in ten minutes for
a provider, sooner ones wait. Needs the right to patch the pool. Exit code 3: a provider has lost its standing, or shards count as missing.`,
  flags: [
    { name: 'now', help: 'audit POD at once, beside the draws' },
    { name: 'transcripts', help: 'list what trackers keep to prove what audits found; with POD: about this provider' },
  ],
  async run(context) {
    const [name] = context.words
    const isNow = context.flags['now'] === true
    if (isNow && name === undefined) throw new RefusedError(EXIT.usage, '--now needs the POD that is to be audited')
    const observed = await observe(context.client, context)
    if (context.flags['transcripts'] === true) {
      if (isNow) throw new RefusedError(EXIT.usage, 'either --now or --transcripts')
      return await list(context, observed, name)
    }
    if (name !== undefined && isNow) return await order(context, observed, name)
    const audits = auditsOf(observed)
    if (name === undefined) {
      if (context.isJson) printJson(context, audits)
      else context.print(auditPage(audits))
      return auditExit(audits)
    }
    const { peer } = findMember(observed, name)
    const one = audits.providers.filter((provider) => provider.peer === peer)
    const [found] = one
    if (context.isJson) printJson(context, { ...found, transcripts: audits.transcripts.filter((kept) => kept.peer === peer) })
    else if (found) context.print(providerPage(audits, found))
    return auditExit({ ...audits, found: null, providers: one })
  },
}
