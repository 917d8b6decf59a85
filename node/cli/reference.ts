/**
 * docs/CLI.md, made of the program itself and the schema of run configs, so that it cannot fall behind.
 *
 * @module
 */
import { runConfigSchema } from '@lunarx/core/membership'
import type { Command } from 'commander'
import { z } from 'zod'
import { EXIT_MEANINGS } from './exit-codes.ts'
import type { Io } from './io.ts'
import { makeProgram, withSubcommands } from './program.ts'

/** Help texts are wrapped at this width, whatever the terminal. */
const COLUMNS = 100

const INTRO = `# The \`lunarx\` command

Generated from [node/cli](../node/cli) by \`npm run generate\`; do not edit.

One program: for people (\`put\`, \`get\`, \`ls\`, \`stat\`, \`rm\`, \`status\`, \`key\`), for pods (\`run\`), and for trying things out without a
cluster (\`dev\`). Results go to standard output, all else to standard error; with \`--json\` both are JSON, one value per line.`

const RUN_INTRO = `## Run config

What \`lunarx run provider|tracker|verifier --config FILE\` reads, YAML or JSON. \`$(NAME)\` in a string is replaced from the environment,
\`$$(NAME)\` stands for \`$(NAME)\` itself. Paths are taken from the working directory, \`network\` from the folder of the file.`

const RUN_EXAMPLE = `\`\`\`yaml
role: provider
network: /etc/lunarx/network.json
dataFolder: /data
host: $(POD_NAME).pool-a.my-namespace.svc
capacityBytes: 100000000000
credential:
  tokenFile: /var/run/secrets/lunarx/token
\`\`\``

export function cliReference(): string {
  const program = makeProgram(NO_IO).configureHelp({ helpWidth: COLUMNS })
  const commands = [...withSubcommands(program)].filter((command) => command.name() !== 'help')
  return `${[INTRO, exitCodes(), help(program), ...commands.map(help), RUN_INTRO, runFields(), RUN_EXAMPLE].join('\n\n')}\n`
}

function help(command: Command): string {
  command.configureHelp({ helpWidth: COLUMNS })
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS })
  command.outputHelp()
  return `## ${pathOf(command)}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\``
}

const pathOf = (command: Command): string => (command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name())

function exitCodes(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`)
  return `## Exit codes\n\n| code | meaning |\n|---|---|\n${rows.join('\n')}`
}

interface Field {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Field[]
  /** Variants, told apart by their `kind`. */
  readonly oneOf?: readonly Field[]
  readonly const?: unknown
  readonly items?: Field
  readonly properties?: Readonly<Record<string, Field>>
  readonly required?: readonly string[]
}

function runFields(): string {
  const schema = z.toJSONSchema(runConfigSchema, { io: 'input' }) as Field
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...rowsOf(schema, '')].join('\n')
}

function rowsOf({ properties = {}, required = [] }: Field, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const value = required.includes(name) ? 'required' : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``
    const row = `| \`${prefix}${name}\` | ${typeOf(field)} | ${field.properties ? '' : value} | ${field.description ?? ''} |`
    return [
      row,
      ...rowsOf(field, `${prefix}${name}.`),
      ...(field.oneOf ?? []).flatMap((variant) => rowsOfVariant(variant, `${prefix}${name}`)),
    ]
  })
}

/** `backend(s3).bucket`: the fields of a variant, its kind left out. */
function rowsOfVariant({ properties: { kind, ...properties } = {}, required = [] }: Field, name: string): string[] {
  const variant = `\`${String(kind?.const)}\``
  return [
    `| \`${name}.kind\` | ${variant} | | ${kind?.description ?? ''} |`,
    ...rowsOf({ properties, required }, `${name}(${String(kind?.const)}).`),
  ]
}

function typeOf(field: Field): string {
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (field.oneOf) return 'object'
  if (field.anyOf) return 'string or object'
  if (field.type === 'array') return `list of ${typeOf(field.items ?? {})}`
  return field.type ?? ''
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Help says nothing of the process it runs in. */
const NO_IO: Io = {
  env: {},
  stdin: nothing(),
  stdout: { isTty: false, columns: COLUMNS, write: async () => undefined },
  stderr: { isTty: false, columns: COLUMNS, write: async () => undefined },
  signal: new AbortController().signal,
  self: ['lunarx'],
}
