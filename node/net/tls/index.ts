export * from './make-certificate.ts'
export * from './peer-certificate.ts'
export * from './dial.ts'
