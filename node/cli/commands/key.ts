/**
 * `lunarx key new | show | restore | address | rotate`
 *
 * @module
 */
import type { Command } from 'commander'
import { ownerKeys, OWNER_SECRET_BYTES, secretOfWords, wordsOf } from '@lunarx/core/keys'
import { concatBytes, hexOf, LunarError, textOf } from '@lunarx/core/model'
import { nodeCrypto } from '@lunarx/runtime/crypto'
import { SystemRandom } from '@lunarx/runtime/random'
import type { Io } from '../io.ts'
import { print, type PrintOptions } from '../output/print.ts'
import { given } from '../config/given.ts'
import { readOwnerSecret, writeOwnerSecret } from '@lunarx/client/connect'
import { examples, jsonOption, ownerOptions, type AddCommand, type ClientOptions } from './options.ts'

/** What a person may type; 24 words of 8 letters are far less. */
const MAX_WORDS_BYTES = 4096

type KeyOptions = PrintOptions & { readonly ownerFile?: string }

export const addKey: AddCommand = (program, io) => {
  const key = program
    .command('key')
    .summary('make, show and restore the owner secret')
    .description('The owner secret is all that an owner has: names, keys and objects follow from it. Whoever loses it loses them.')
  const fileOf = ({ ownerFile }: KeyOptions): string => given('LUNARX_OWNER_FILE', '--owner-file', ownerFile, io.env)

  sub(key, 'new', 'make a secret, write it to a new file, print its 24 recovery words', async (options) => {
    const secret = new SystemRandom().bytes(OWNER_SECRET_BYTES)
    await writeOwnerSecret(fileOf(options), secret)
    await printWords(secret, options, io)
  })
  sub(key, 'show', 'print the recovery words of the secret', async (options) => {
    await printWords(await readOwnerSecret(fileOf(options)), options, io)
  })
  sub(key, 'restore', 'read 24 recovery words from standard input, write the secret to a new file', async (options) => {
    const secret = secretOfWords(await readWords(io))
    await writeOwnerSecret(fileOf(options), secret)
    await print(io, options, { owner: ownerOf(secret), file: fileOf(options) }, `restored owner ${ownerOf(secret)} to ${fileOf(options)}`)
  })
  addAddress(key, io)
  addRotate(key, io)
  examples(
    key,
    'lunarx key new --owner-file ~/.lunarx/owner',
    'lunarx key show',
    'lunarx key restore --owner-file owner < words',
    'lunarx key address',
    'lunarx key rotate',
  )
}

function sub(key: Command, name: string, description: string, action: (options: KeyOptions) => Promise<void>): void {
  jsonOption(key.command(name).description(description))
    .option('--owner-file <file>', 'file of the owner secret (default: LUNARX_OWNER_FILE)')
    .action(action)
}

function addAddress(key: Command, io: Io): void {
  const command = key.command('address').description('print what others share objects with this owner by')
  ownerOptions(command).action(async (options: ClientOptions) => {
    const { withClient } = await import('../session/open-session.ts')
    const address = await withClient(options, io, (client) => client.address({ signal: io.signal }))
    await print(io, options, address, address.address)
  })
}

function addRotate(key: Command, io: Io): void {
  const command = key
    .command('rotate')
    .description('renew identity, wrapping key and address, and move every name to them; started again it goes on where it was cut')
  ownerOptions(command).action(async (options: ClientOptions) => {
    const { withClient } = await import('../session/open-session.ts')
    let moved = 0
    const onProgress = ({ movedNames }: { movedNames: number }): void => {
      moved = movedNames
    }
    await io.stderr.write('waiting 20 s for all devices to hear of it, then moving names\n')
    const generation = await withClient(options, io, (client) => client.rotateKeys({ signal: io.signal, onProgress }))
    await print(io, options, { generation, movedNames: moved }, `generation ${generation}: ${moved} names moved`)
  })
}

/** The public name of an owner that has not rotated its keys: its Ed25519 key. */
const ownerOf = (secret: Uint8Array): string => hexOf(ownerKeys(secret, nodeCrypto).identity.publicKey)

async function printWords(secret: Uint8Array, options: PrintOptions, io: Io): Promise<void> {
  const words = wordsOf(secret)
  await io.stderr.write('Write these words down and keep them secret: whoever has them has everything.\n')
  await print(io, options, { owner: ownerOf(secret), words }, words)
}

async function readWords({ stdin }: Io): Promise<string> {
  let bytes = new Uint8Array(0)
  for await (const chunk of stdin) {
    bytes = concatBytes(bytes, chunk) as Uint8Array<ArrayBuffer>
    if (bytes.length > MAX_WORDS_BYTES) throw new LunarError('BAD_WORDS', 'standard input is too long for recovery words')
  }
  return textOf(bytes)
}
