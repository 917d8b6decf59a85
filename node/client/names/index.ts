export * from './names.ts'
export * from './name-object.ts'
