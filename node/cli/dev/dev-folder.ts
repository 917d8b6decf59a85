/**
 * The folder of a local network: network key, owner secret, tokens, configuration, one folder per member. Used again, it is the same
 * network with the same objects.
 *
 * Not for anything but trying things out: the network key lies beside the data.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SignKey } from '@lunarx/core/crypto'
import { OWNER_SECRET_BYTES } from '@lunarx/core/keys'
import type { NetworkConfig } from '@lunarx/core/membership'
import { bytesOfHex, hexOf, textOf, utf8 } from '@lunarx/core/model'
import { EnrolmentTokens, type Member } from '@lunarx/net/issuer'
import { NodeDisk, type Disk } from '@lunarx/runtime/disk'
import type { Platform } from '@lunarx/runtime/platform'
import { writeNewSecretFile } from '@lunarx/runtime/files'
import { writeOwnerSecret } from '@lunarx/client/connect'
import { devRunConfig, DOMAIN_KEY, type DevMember, type DevSize } from './members.ts'

/** Files that clients need, absolute. */
export interface DevPaths {
  readonly config: string
  readonly ownerFile: string
  readonly tokenFile: string
  readonly stateDir: string
}

export class DevFolder {
  readonly root: string
  readonly disk: Disk
  readonly tokens: EnrolmentTokens
  readonly networkKey: SignKey

  private constructor(root: string, disk: Disk, tokens: EnrolmentTokens, networkKey: SignKey) {
    this.root = root
    this.disk = disk
    this.tokens = tokens
    this.networkKey = networkKey
  }

  /** Makes what is missing. @throws {LunarError} STORE_FAILED, BAD_CONFIG */
  static async open(folder: string, { crypto, random }: Pick<Platform, 'crypto' | 'random'>): Promise<DevFolder> {
    const root = resolve(folder)
    await mkdir(root, { recursive: true, mode: 0o700 })
    const disk = new NodeDisk(root)
    const seed = await disk.readFile('network.key')
    const made = seed ? undefined : random.bytes(32)
    if (made) await writeNewSecretFile(join(root, 'network.key'), hexOf(made))
    const networkKey = crypto.signKey(made ?? bytesOfHex(textOf(seed ?? new Uint8Array(0)).trim()))
    if (!(await disk.readFile('owner'))) await writeOwnerSecret(join(root, 'owner'), random.bytes(OWNER_SECRET_BYTES))
    return new DevFolder(root, disk, await EnrolmentTokens.open(disk, crypto), networkKey)
  }

  get paths(): DevPaths {
    const at = (name: string): string => join(this.root, name)
    return { config: at('network.json'), ownerFile: at('owner'), tokenFile: at('client.token'), stateDir: at('client') }
  }

  folderOf(member: Pick<DevMember, 'name'>): string {
    return join(this.root, member.name)
  }

  /** Configuration as of this start; tokens are made once. */
  async write(
    network: NetworkConfig,
    members: readonly DevMember[],
    size: Pick<DevSize, 'store'>,
    random: Platform['random'],
  ): Promise<void> {
    await this.#writeJson('network.json', network)
    await this.#writeToken('client.token', { role: 'client', name: 'client', domains: {} }, random)
    for (const member of members) {
      await mkdir(this.folderOf(member), { recursive: true })
      await this.#writeJson(`${member.name}/run.json`, devRunConfig(member, this.folderOf(member), size))
      const { role, name } = member
      await this.#writeToken(`${name}/token`, { role, name, domains: { [DOMAIN_KEY]: name } }, random)
    }
  }

  async #writeJson(path: string, value: unknown): Promise<void> {
    await this.disk.writeFileDurably(path, utf8(`${JSON.stringify(value, null, 2)}\n`))
  }

  async #writeToken(path: string, member: Member, random: Platform['random']): Promise<void> {
    if (await this.disk.readFile(path)) return
    await this.disk.writeFileDurably(path, utf8(await this.tokens.add(member, random)))
  }
}
