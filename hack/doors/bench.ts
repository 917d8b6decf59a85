/**
 * `npm run bench [-- NAME…]`: each figure against its named peer in the same run; never part of the tests. The tables of
 * docs/BENCHMARKS.md follow.
 *
 * @module
 */
import { BENCHMARKS } from '../../test/bench/forms.ts'
import { run } from '../parts/run.ts'

const USAGE = `usage: npm run bench [-- [NAME…] [--quick] [--list]]
${Object.entries(BENCHMARKS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
  --quick    small and few rounds, from the sources: to look at, recorded nowhere
  --list     the names, one per line
Without a name: all of them. The full forms want a machine that does nothing else.`

const FLAGS = ['--quick', '--list', '--help']
const args = process.argv.slice(2)
const flags = new Set(args.filter((arg) => arg.startsWith('-')))
const names = args.filter((arg) => !arg.startsWith('-'))
const unknown = [...names.filter((name) => !Object.hasOwn(BENCHMARKS, name)), ...[...flags].filter((flag) => !FLAGS.includes(flag))]
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}\n${USAGE}`)
  process.exit(2)
}
if (flags.has('--help')) console.log(USAGE)
else if (flags.has('--list')) console.log(Object.keys(BENCHMARKS).join('\n'))
else {
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
    console.log(`— ${name}`)
    await BENCHMARKS[name]?.run(flags.has('--quick'))
  }
  const { code } = flags.has('--quick') ? { code: 0 } : await run('node', ['--conditions=source', 'hack/generate/benchmarks.ts'])
  process.exit(code) // whatever a benchmark that was stopped has left under way
}
