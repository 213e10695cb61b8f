export { loadOpcUa, type OpcUaLibrary } from '../../core/opcua-library.ts';
