// Imported with the backup page, so that its texts are there when it is.
import { backupEn } from '../messages/backup.en';
import { addEnglish } from './i18n.svelte';

addEnglish(backupEn);
