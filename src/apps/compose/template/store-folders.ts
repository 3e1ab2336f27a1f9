/**
 * Folders that app stores set for their templates. Here each is the app's own folder or one within it: no
 * template reaches the folder of another app, and none a folder of the host.
 */
export const STORE_FOLDERS: Readonly<Record<string, string>> = {
  APP_DATA_DIR: '.',
  ROOT_FOLDER_HOST: './store',
  UMBREL_ROOT: './store',
};
