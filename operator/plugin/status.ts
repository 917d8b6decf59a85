import { printJson, type Command } from './context.ts'
import { findLeader } from './leader.ts'
import { observe } from './observe.ts'
import { page } from './page.ts'
import { EXIT_OF, summarise } from './summary.ts'

export const status: Command = {
  name: 'status',
  words: '',
  wordsAtLeast: 0,
  wordsAtMost: 0,
  summary: 'is the network well, what is wrong, what is being done, what should you do',
  details: `Reads what the operator wrote; the first line is the answer, the exit code says the same. The rights of \`view\` are enough. Who may read
Leases where the operator runs is told, too, when none works: then nobody keeps true what is read.`,
  flags: [],
  async run(context) {
    const observed = await observe(context.client, context)
    const summary = summarise(observed, await findLeader(context.client, observed.network, context.clock))
    if (context.isJson) printJson(context, summary)
    else context.print(page(summary))
    return EXIT_OF[summary.verdict]
  },
}
