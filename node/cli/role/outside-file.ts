/**
 * `outside.json` beside `network.json`: where peers are reached from outside of the cluster. Without it nobody is.
 *
 * @module
 */
import { readNetworkConfig } from '@lunarx/client/connect'
import type { OutsideAddress } from '@lunarx/core/model'
import type { LiveFile } from './live-file.ts'

export const OUTSIDE_FILE: LiveFile<ReadonlyMap<string, OutsideAddress>> = {
  name: 'outside.json',
  absent: new Map(),
  read: async (file) => new Map((await readNetworkConfig(file)).outside?.map(({ host, at }) => [host, at])),
}
