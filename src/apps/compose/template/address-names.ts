/** Behind `STACKSCAPE_URL`, `STACKSCAPE_ADDRESS` …: `_WEB_UI_8080` for port 8080 of the service `web-ui`. */
export function addressSuffix(service: string, containerPort: number): string {
  return `_${service.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_${containerPort}`;
}
