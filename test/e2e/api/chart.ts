/**
 * The chart, as the real helm renders it. Asks no cluster.
 *
 * @module
 */
import type { KubeObject } from '@lunarx/operator/kube'
import { parseAllDocuments } from 'yaml'
import { helm } from '../../../hack/cluster/cluster.ts'
import { testCluster } from '../cluster.ts'

export const CHART = 'charts/lunarx-operator'

/** @throws {ToolError} what helm says is wrong with the values */
export const renderChart = (namespace: string, args: readonly string[] = [], release = 'lunarx'): Promise<string> =>
  helm(testCluster(), ['template', release, CHART, '-n', namespace, ...args])

export const objectsOf = <T extends KubeObject = KubeObject>(text: string): T[] =>
  parseAllDocuments(text).flatMap((document) => {
    const object = document.toJS() as T | null
    return object === null ? [] : [object]
  })
