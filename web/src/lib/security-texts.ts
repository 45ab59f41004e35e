// Imported with the pages about safety, so that their texts are there when they are.
import { securityEn } from '../messages/security.en';
import { addEnglish } from './i18n.svelte';

addEnglish(securityEn);
