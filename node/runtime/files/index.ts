export * from './home.ts'
export * from './small-files.ts'
