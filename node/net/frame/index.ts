export * from './frame.ts'
export * from './heads.ts'
