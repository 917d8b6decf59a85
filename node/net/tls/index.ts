export * from './dial.ts'
export * from './make-certificate.ts'
export * from './peer-certificate.ts'
export * from './server-certificate.ts'
