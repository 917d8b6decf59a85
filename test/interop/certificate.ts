/**
 * A certificate for an address, by default 127.0.0.1, that signs itself, by openssl.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from './command.ts'

export interface Certificate {
  /** PEM; what a client must trust. */
  readonly certificateFile: string
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

/** @param folder is there, and gets the files */
export async function makeCertificate(folder: string, address = '127.0.0.1'): Promise<Certificate> {
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const named = ['-subj', '/CN=lunarx-test', '-addext', `subjectAltName=IP:${address}`]
  await mustRun('openssl', ['req', ...kind, ...named, '-keyout', keyFile, '-out', certificateFile], 'for a certificate')
  const [key, certificate] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certificateFile, 'utf8')])
  return { certificateFile, certificate, key }
}
