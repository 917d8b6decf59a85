export * from './manifest.ts'
export * from './seal-manifest.ts'
export * from './versions.ts'
