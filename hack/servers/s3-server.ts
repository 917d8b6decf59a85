/**
 * What is alike of the servers that speak S3.
 *
 * @module
 */
import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'

export interface S3Server extends AsyncDisposable {
  readonly url: string
  /** Access key and secret key. */
  readonly user: string
  readonly password: string
  readonly pid: number
}

/** PEM. */
export interface ServerTls {
  readonly certificate: string
  readonly key: string
}

/** True if it answers with 200, whoever signed its certificate. */
export async function isUp(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const answered = (response: { statusCode?: number | undefined; resume(): unknown }): void => {
    response.resume()
    resolve(response.statusCode === 200)
  }
  const request = url.startsWith('https:') ? getSecure(url, { rejectUnauthorized: false }, answered) : getPlain(url, answered)
  request.on('error', () => resolve(false))
  return await promise
}
