/**
 * The scrape configuration that we ship, for a Prometheus that is told its targets by a file: Debian's was built without the discovery of
 * Kubernetes. Targets must carry the labels that discovery would give them; what is made of these is left as it is.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

const SCRAPE_FILE = 'charts/lunarx-operator/files/scrape.yaml'
const DISCOVERY = 'kubernetes_sd_configs: [{ role: pod }]'

/** @throws {Error} the file does not look as expected */
export function scrapeConfig(targetsFile: string): string {
  const parts = readFileSync(SCRAPE_FILE, 'utf8').split(DISCOVERY)
  if (parts.length !== 3) throw new Error(`${SCRAPE_FILE} has ${parts.length - 1} jobs with ${DISCOVERY}`)
  return parts.join(`file_sd_configs: [{ files: ['${targetsFile}'], refresh_interval: 5s }]`)
}
