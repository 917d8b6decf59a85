/**
 * `npm run demo`: the main job on a real cluster, shown as it happens. Exit status 1 on any mismatch.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { CannotOpen, openCluster } from '../cluster/open.ts'
import { tellClusterStory } from '../demo/cluster-story.ts'
import { tellLocalStory } from '../demo/local-story.ts'
import { Narrator } from '../demo/narrator.ts'

const USAGE = `usage: npm run demo [-- --local | --name NAME | --nodes N | --mib N]
  --local      with local processes instead of a cluster
  --name NAME  name of the lab cluster (demo)
  --nodes N    nodes of the lab cluster (4)
  --mib N      size of the file, MiB (256)
With KUBECONFIG and IMAGE set, that cluster is used instead of the lab.`

const OPTIONS = {
  local: { type: 'boolean', default: false },
  name: { type: 'string', default: 'demo' },
  nodes: { type: 'string', default: '4' },
  mib: { type: 'string', default: '256' },
  help: { type: 'boolean', default: false },
} as const

function refuse(message: string): never {
  console.error(`${message}\n${USAGE}`)
  process.exit(2)
}

function readArgs() {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const values = readArgs()
for (const name of ['nodes', 'mib'] as const) if (!/^[1-9]\d{0,5}$/.test(values[name])) refuse(`--${name} is a whole number from 1`)
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const narrator = new Narrator()
try {
  if (values.local) await tellLocalStory(narrator, Number(values.mib))
  else {
    const cluster = await narrator.step('a cluster', () =>
      openCluster({ name: values.name, nodes: Number(values.nodes), say: (line) => narrator.say(line) }),
    )
    await tellClusterStory(cluster, narrator, Number(values.mib))
  }
} catch (error) {
  console.error(`\n✘ ${error instanceof Error ? error.message : String(error)}`)
  if (error instanceof CannotOpen) console.error('\nThe same story with local processes: npm run demo -- --local')
  else console.error(error)
  process.exitCode = 1
}
