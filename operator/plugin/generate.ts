/**
 * Writes docs/KUBECTL.md from the plugin's own help. `--check`: fail when it is out of step.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { COMMANDS } from './commands.ts'
import { commandHelp, generalHelp } from './help.ts'

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'KUBECTL.md')

const INTRO = `# The kubectl plugin

Generated from [operator/plugin](../operator/plugin) by \`npm run generate\`; do not edit.

\`kubectl lunarx\` is for people who run a network. It reads resources with the rights of its caller (\`view\` is enough for \`status\`,
\`audit\` and \`verify\`) and speaks to nothing but the API server; what only trackers know it asks them in their pods, by \`kubectl exec\`. Put \`kubectl-lunarx\` on the PATH; it comes with the package \`@lunarx/operator\` and
with the operator's image. What each state means, and what to do: [OPERATING.md](OPERATING.md).`

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``
const page = `${[INTRO, fenced(generalHelp()), ...COMMANDS.map((one) => `## ${one.name}\n\n${fenced(commandHelp(one))}`)].join('\n\n')}\n`

if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => '')
  if (written !== page) {
    console.error(`${FILE} is out of step: npm run generate`)
    process.exitCode = 1
  }
} else await writeFile(FILE, page)
